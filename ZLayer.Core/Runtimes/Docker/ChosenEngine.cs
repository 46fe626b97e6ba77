using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// The engine that one operation speaks to, chosen when it first speaks, and how containers are named to it: by name, id, the beginning of
/// an id, or the text of a <see cref="ContainerId"/>.
/// </summary>
/// <param name="runtime">The runtime that chooses.</param>
internal sealed class ChosenEngine(DockerRuntime runtime)
{
    /// <summary>The digits of a whole id.</summary>
    public const int IdLength = 64;

    private const string MultiplexedStream = "application/vnd.docker.multiplexed-stream";

    private DockerClient? _client;

    /// <summary>The connection, the same one until the operation ends: the user may choose another engine meanwhile.</summary>
    public DockerClient Client => _client ??= runtime.Choose();

    /// <summary>The name of the runtime.</summary>
    public string Name => runtime.Name;

    /// <summary>The variables that specifications may take from the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => runtime.Options.Environment;

    /// <summary>The logins for pulls; null pulls anonymously.</summary>
    public ICredentialSource? Credentials => runtime.Credentials;

    /// <summary>The sizes that an engine before API 1.42 takes only once the terminal is there, by container id.</summary>
    public ConcurrentDictionary<string, TerminalSize> TerminalSizes => runtime.TerminalSizes;

    /// <summary>
    /// A container as the engine knows it. The engine itself resolves names, ids and beginnings of ids; the text of a
    /// <see cref="ContainerId"/> is looked up by label, unless it is a container's name.
    /// </summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument: several containers have the label. A container that is not there is left to the operation.
    /// </exception>
    public async ValueTask<string> ResolveAsync(string container, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (!ContainerId.TryParse(container, out _))
        {
            return container;
        }

        var found = await FindByLabelAsync(container, cancellationToken).ConfigureAwait(false);
        return found.Count == 0 || found.Any(match => match.Names?.Contains("/" + container) == true) ? container
            : await ExistsAsync(container, cancellationToken).ConfigureAwait(false) ? container
            : found is [{ Id.Length: > 0 } only] ? only.Id
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The runtime '{Name}' holds {found.Count} containers for '{container}'.")
            {
                Subject = container,
                Advice = "Name one of them by its name or id: " + string.Join(
                    ", ", found.Select(match => match.Id.Length > 12 ? match.Id[..12] : match.Id)) + ".",
            };
    }

    public Task<IReadOnlyList<ContainerSummaryDocument>> FindByLabelAsync(string containerId, CancellationToken cancellationToken)
        => Client.GetListAsync(
            EngineRequest.Get($"containers/json", EnginePurpose.ForContainer("find", containerId)) with
            {
                Query = new EngineQuery { { "all", true }, { "filters", [new("label", [$"{ContainerId.Label}={containerId}"])] } },
            },
            DocumentsJson.Default.IReadOnlyListContainerSummaryDocument,
            cancellationToken);

    private async Task<bool> ExistsAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await Client.SendAsync(
                EngineRequest.Get(
                    $"containers/{container}/json", EnginePurpose.ForContainer("find", container)), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            return false;
        }
    }

    /// <summary>A reference to another container in a setting, <c>container:NAME</c>, as the engine knows it.</summary>
    public async ValueTask<string?> ResolveReferenceAsync(string? setting, CancellationToken cancellationToken)
    {
        const string Prefix = "container:";
        return setting?.StartsWith(Prefix, StringComparison.Ordinal) == true
            ? Prefix + await ResolveAsync(setting[Prefix.Length..], cancellationToken).ConfigureAwait(false)
            : setting;
    }

    public async Task<ContainerDocument> InspectAsync(string container, string verb, CancellationToken cancellationToken)
    {
        var id = await ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = EnginePurpose.ForContainer(verb, container);
        var request = EngineRequest.Get($"containers/{id}/json", purpose);
        var document = await Client.GetAsync(request, DocumentsJson.Default.ContainerDocument, cancellationToken).ConfigureAwait(false);
        // Further requests are made of the id.
        return EnginePath.IsName(document.Id) ? document : throw EngineFailure.Unreadable(purpose, Client.Endpoint, "it has no id");
    }

    public async Task<(ContainerDocument Document, string Raw)> InspectRawAsync(string container, CancellationToken cancellationToken)
    {
        var id = await ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = EnginePurpose.ForContainer("inspect", container);
        var request = EngineRequest.Get($"containers/{id}/json", purpose);
        return await Client.GetRawAsync(request, DocumentsJson.Default.ContainerDocument, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Engines before API 1.42, and Podman, do not tell in their answer whether they frame it: only the output of a terminal is bare.
    /// </summary>
    public async ValueTask<bool> IsFramedAsync(EngineStream answer, string container, CancellationToken cancellationToken)
        => answer.Header("Content-Type") == MultiplexedStream
            || !await HasTerminalAsync(container, cancellationToken).ConfigureAwait(false);

    public async Task<bool> HasTerminalAsync(string container, CancellationToken cancellationToken)
    {
        var id = await ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get($"containers/{id}/json", EnginePurpose.ForContainer("inspect", container));
        return (await Client.GetAsync(request, StreamsJson.Default.EngineContainer, cancellationToken).ConfigureAwait(false)).Config?.Tty
            ?? false;
    }
}
