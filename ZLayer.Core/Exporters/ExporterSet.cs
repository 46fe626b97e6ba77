using ZLayer.Core.Errors;

namespace ZLayer.Core.Exporters;

/// <summary>The exporters that there are, and the state machine of a build's outputs.</summary>
internal sealed class ExporterSet(IReadOnlyList<IExporter> exporters)
{
    /// <summary>Resolves every output, in order.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for an unknown type or a bad attribute.</exception>
    public IReadOnlyList<IExporterInstance> Resolve(IReadOnlyList<ExporterSpecification> specifications)
    {
        ArgumentNullException.ThrowIfNull(specifications);
        return [.. specifications.Select((s, i) => Find(s).Resolve(i, s))];
    }

    /// <summary>
    /// Exports all outputs in parallel; then, when every one is done, completes all in parallel; then releases what they hold. The first
    /// error cancels the others and is thrown.
    /// </summary>
    public static Task<IReadOnlyList<ExportResult>> RunAsync(
        IReadOnlyList<IExporterInstance> instances, ExportSource source, Func<IExporterInstance, IProgress<Registries.TransferProgress>?> progress, CancellationToken cancellationToken)
        => RunAsync(instances, _ => source, progress, cancellationToken);

    /// <summary>The same where outputs may get another form of what was built.</summary>
    internal static async Task<IReadOnlyList<ExportResult>> RunAsync(
        IReadOnlyList<IExporterInstance> instances,
        Func<IExporterInstance, ExportSource> source,
        Func<IExporterInstance, IProgress<Registries.TransferProgress>?> progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(instances);
        ArgumentNullException.ThrowIfNull(progress);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outcomes = new ExportOutcome?[instances.Count];
        try
        {
            await TogetherAsync(instances, ExportAsync, end).ConfigureAwait(false);
            await TogetherAsync(instances, i => outcomes[i]!.FinalizeAsync(end.Token), end).ConfigureAwait(false);
            return [.. outcomes.Select(o => o!.Result)];
        }
        finally
        {
            foreach (var outcome in outcomes)
            {
                outcome?.Dispose();
            }
        }

        async Task ExportAsync(int i)
            => outcomes[i] = await instances[i].ExportAsync(source(instances[i]), progress(instances[i]), end.Token).ConfigureAwait(false);
    }

    private static async Task TogetherAsync(IReadOnlyList<IExporterInstance> instances, Func<int, Task> act, CancellationTokenSource end)
    {
        var tasks = instances.Select((_, i) => CancelOthersAsync(() => act(i), end)).ToList();
        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch
        {
            if (tasks.FirstOrDefault(t => t.IsFaulted)?.Exception?.InnerException is { } cause)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            }

            throw;
        }
    }

    private static async Task CancelOthersAsync(Func<Task> act, CancellationTokenSource end)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch
        {
            await end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private IExporter Find(ExporterSpecification specification)
    {
        var type = specification.Type == "registry" ? "image" : specification.Type;
        return exporters.FirstOrDefault(e => e.Type == type)
            ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"There is no output type '{specification.Type}'.")
            {
                Subject = specification.Type,
                Advice = "The types are: " + string.Join(", ", exporters.Select(e => e.Type)) + " and registry.",
            };
    }
}
