namespace ZLayer.Core.Exporters;

/// <summary>What an export left to do, and what it holds.</summary>
/// <param name="result">What was written.</param>
/// <param name="finalize">
/// What completes it once every export is done, such as a push; null where nothing is left. Skipping it leaks nothing.
/// </param>
/// <param name="lease">Keeps the content; disposed with this object.</param>
internal sealed class ExportOutcome(
    ExportResult result, Func<CancellationToken, Task<ExportResult>>? finalize = null, IDisposable? lease = null)
    : IDisposable
{
    /// <summary>What was written; replaced by what <see cref="FinalizeAsync"/> returns.</summary>
    public ExportResult Result { get; private set; } = result;

    /// <summary>Completes the output.</summary>
    public async Task FinalizeAsync(CancellationToken cancellationToken = default)
    {
        if (finalize is not null)
        {
            Result = await finalize(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Releases the content.</summary>
    public void Dispose() => lease?.Dispose();
}
