using System.Globalization;
using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>What can be seen of containers, one by one and in lists.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerInspection(ChosenEngine engine)
{
    private const int QuestionsAtOnce = 8;

    public async Task<IReadOnlyList<ContainerInfo>> ListContainersAsync(
        ContainerFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var request = EngineRequest.Get($"containers/json", EnginePurpose.ForEngine("list the containers")) with
        {
            Query = new EngineQuery
            {
                { "all", true },
                { "size", filter.MeasureSize ? true : (bool?)null },
                // Podman refuses the states that it does not know, such as restarting.
                { "filters", Filters(
                    filter, states: await engine.Client.IsPodmanAsync(cancellationToken).ConfigureAwait(false) ? [] : filter.States) },
            },
        };
        var documents = await engine.Client.GetListAsync(
            request, DocumentsJson.Default.IReadOnlyListContainerSummaryDocument, cancellationToken).ConfigureAwait(false);
        var containers = documents.Select(document => ContainerMapping.Info(document, engine.Name, filter.MeasureSize));
        ContainerInfo[] listed = [.. containers.Where(container =>
            IsInState(container, filter)
            // Podman has no filters of ports.
            && filter.MatchesPorts(container.Ports)
            && (filter.Containers.Count == 0 || filter.Containers.Any(handle => IsNamed(container, handle))))];
        return filter.IsBrief
            ? listed
            : [.. (await CompleteAsync(listed, cancellationToken).ConfigureAwait(false)).Where(container => IsInState(container, filter))];
    }

    // The engine's list has times as ages in words, which would be others each time, and the command as one text: each container tells its
    // own.
    private async Task<IEnumerable<ContainerInfo>> CompleteAsync(ContainerInfo[] listed, CancellationToken cancellationToken)
    {
        var complete = new ContainerInfo?[listed.Length];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, listed.Length, limits, async (at, token) =>
        {
            try
            {
                complete[at] = ContainerMapping.Complete(
                    listed[at], await engine.InspectAsync(listed[at].Id, "inspect", token).ConfigureAwait(false));
            }
            catch (ZLayerException exception) when (exception.Kind == ZLayerErrorKind.ContainerNotFound)
            {
                // It went after the list was made.
            }
            catch (ZLayerException exception) when (exception.Kind == ZLayerErrorKind.RuntimeError)
            {
                // An answer that is none hides neither the container nor the others.
                complete[at] = listed[at];
            }
        }).ConfigureAwait(false);
        return complete.OfType<ContainerInfo>();
    }

    private static bool IsInState(ContainerInfo container, ContainerFilter filter)
        => filter.States.Count == 0 || filter.States.Contains(container.State);

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Filters(
        ContainerFilter filter, IReadOnlyList<ContainerState> states)
        =>
        [
            new("status", [.. states.Select(state => state.ToString().ToLowerInvariant())]),
            new("label", filter.Labels),
            new("ancestor", filter.Images),
            new("network", filter.Networks),
            new("volume", filter.Volumes),
            new("exited", [.. filter.ExitCodes.Select(code => code.ToString(CultureInfo.InvariantCulture))]),
            new("health", [.. filter.Health.Select(health => health.ToString().ToLowerInvariant())]),
            new("before", filter.Before is null ? [] : [filter.Before]),
            new("since", filter.Since is null ? [] : [filter.Since]),
            new("name", filter.NamePatterns),
            new("id", filter.IdPatterns.Count > 0 ? filter.IdPatterns : WholeIds(filter.Containers)),
        ];

    // What names containers otherwise is looked for here: the engine would take a part of a name for it.
    private static IReadOnlyList<string> WholeIds(IReadOnlyList<string> handles)
        => handles.All(handle => handle.Length == ChosenEngine.IdLength && handle.All(char.IsAsciiHexDigit)) ? handles : [];

    public async Task<ContainerDetail> InspectContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var (document, raw) = await engine.InspectRawAsync(container, cancellationToken).ConfigureAwait(false);
        return ContainerMapping.Detail(document, raw, engine.Name);
    }

    public async Task<ContainerStatus> GetContainerStateAsync(string container, CancellationToken cancellationToken = default)
        => ContainerMapping.Status(
            (await engine.InspectAsync(container, "ask for the state of", cancellationToken).ConfigureAwait(false)).State);

    public async Task<int?> GetContainerPidAsync(string container, CancellationToken cancellationToken = default)
        => (await engine.InspectAsync(
            container, "ask for the process of", cancellationToken).ConfigureAwait(false)).State.Pid is > 0 and var pid
            ? pid
            : null;

    public async Task<IPAddress?> GetContainerIpAsync(string container, CancellationToken cancellationToken = default)
        => ContainerMapping.Address(
            await engine.InspectAsync(container, "ask for the address of", cancellationToken).ConfigureAwait(false));

    public async Task<ContainerTop> GetContainerProcessesAsync(
        string container, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = EnginePurpose.ForContainer("list the processes of", container) with
        {
            // Podman's words: "top can only be used on running containers".
            Refine = (_, said) => said.Contains("only be used on running containers", StringComparison.OrdinalIgnoreCase)
                ? ZLayerErrorKind.ContainerNotRunning
                : null,
        };
        var request = EngineRequest.Get($"containers/{id}/top", purpose) with
        {
            Query = new EngineQuery { { "ps_args", arguments.Count > 0 ? string.Join(' ', arguments) : null } },
        };
        var top = await engine.Client.GetAsync(request, DocumentsJson.Default.TopDocument, cancellationToken).ConfigureAwait(false);
        var titles = top.Titles ?? [];
        return new ContainerTop(titles, [.. (top.Processes ?? []).Select(row => Fit(row, titles.Count))]);
    }

    // Nothing but the engine's word makes each row as long as the titles.
    internal static IReadOnlyList<string> Fit(IReadOnlyList<string> row, int columns)
        => row.Count == columns ? row : [.. row.Take(columns), .. Enumerable.Repeat("", Math.Max(0, columns - row.Count))];

    public async Task<IReadOnlyList<FileChange>> GetContainerChangesAsync(string container, CancellationToken cancellationToken = default)
    {
        // The changes name their container, however it was named here.
        var document = await engine.InspectAsync(container, "list the changes of", cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get($"containers/{document.Id}/changes", EnginePurpose.ForContainer("list the changes of", container));
        // Without changes the answer is null.
        var changes = await engine.Client.GetListAsync(
            request, DocumentsJson.Default.IReadOnlyListChangeDocument, cancellationToken).ConfigureAwait(false);
        var name = ContainerMapping.NameOf(document.Name ?? document.Id);
        return [.. changes.Select(change => new FileChange((FileChangeKind)change.Kind, change.Path, name))
            .OrderBy(change => change.Path, StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyList<PortMappingInfo>> GetContainerPortsAsync(
        string container, CancellationToken cancellationToken = default)
    {
        var document = await engine.InspectAsync(container, "list the ports of", cancellationToken).ConfigureAwait(false);
        var name = ContainerMapping.NameOf(document.Name ?? document.Id);
        return [.. ContainerMapping.Published(document).Select(port => port with { ContainerName = name })];
    }

    private static bool IsNamed(ContainerInfo container, string handle)
        => handle.Length > 0
            && (container.Name == handle.TrimStart('/')
                || container.ServiceId == handle
                || container.Id.StartsWith(handle, StringComparison.Ordinal));
}
