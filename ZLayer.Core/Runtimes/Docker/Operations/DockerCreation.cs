using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Making containers.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerCreation(ChosenEngine engine)
{
    private static readonly ApiVersion SizesTerminals = new(1, 42);
    private static readonly TimeSpan StaleGracePeriod = TimeSpan.FromSeconds(5);

    private readonly DockerLifecycle _lifecycle = new(engine);

    public async Task<ContainerCreation> CreateContainerAsync(
        ContainerSpecification specification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var api = await engine.Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
        var mapping = new CreateMapping(
            await ResolveReferencesAsync(specification, cancellationToken).ConfigureAwait(false), api, engine.Environment);
        if (specification.Id is { } serviceId)
        {
            await RemoveStaleAsync(serviceId, cancellationToken).ConfigureAwait(false);
        }

        var request = EngineRequest.Post($"containers/create", CreationPurpose(specification, mapping.Name)) with
        {
            Query = new EngineQuery { { "name", mapping.Name }, { "platform", specification.Platform?.ToString() } },
            Body = EngineBody.Json(mapping.Document, DocumentsJson.Default.CreateDocument),
        };
        var created = await engine.Client.GetAsync(request, DocumentsJson.Default.CreatedDocument, cancellationToken).ConfigureAwait(false);
        var id = created.Id is { } told && EnginePath.IsName(told)
            ? told
            : throw EngineFailure.Unreadable(request.Purpose, engine.Client.Endpoint, "it has no id");
        if (specification is { Tty: true, TerminalSize: { } size } && api < SizesTerminals)
        {
            engine.TerminalSizes[id] = size;
        }

        await ConnectAsync(id, mapping.LaterNetworks, cancellationToken).ConfigureAwait(false);
        var name = mapping.Name ?? await GetNameAsync(id, cancellationToken).ConfigureAwait(false);
        return new ContainerCreation(id, name, [.. created.Warnings ?? [], .. mapping.Warnings]);
    }

    private async Task<ContainerSpecification> ResolveReferencesAsync(
        ContainerSpecification specification, CancellationToken cancellationToken)
    {
        var volumes = new List<string>();
        foreach (var source in specification.VolumesFrom)
        {
            var (container, mode) = Notation.Cut(source, ':');
            var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
            volumes.Add(mode is null ? id : $"{id}:{mode}");
        }

        return specification with
        {
            VolumesFrom = volumes,
            Network = await engine.ResolveReferenceAsync(specification.Network, cancellationToken).ConfigureAwait(false),
            PidNamespace = await engine.ResolveReferenceAsync(specification.PidNamespace, cancellationToken).ConfigureAwait(false),
            IpcNamespace = await engine.ResolveReferenceAsync(specification.IpcNamespace, cancellationToken).ConfigureAwait(false),
        };
    }

    // A container that lacks one of its networks is none: it goes again.
    private async Task ConnectAsync(string id, IReadOnlyDictionary<string, EndpointDocument> networks, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (network, endpoint) in networks)
            {
                var purpose = new EnginePurpose(
                    $"connect the new container to the network {network}", network, ZLayerErrorKind.InvalidArgument);
                var request = EngineRequest.Post($"networks/{network}/connect", purpose) with
                {
                    Body = EngineBody.Json(new ConnectDocument(id, endpoint), DocumentsJson.Default.ConnectDocument),
                };
                await engine.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await _lifecycle.RemoveContainerAsync(
                id, new ContainerRemoveOptions { RemoveVolumes = true }, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RemoveStaleAsync(ContainerId id, CancellationToken cancellationToken)
    {
        foreach (var stale in await engine.FindByLabelAsync(id.ToString(), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _lifecycle.StopContainerAsync(
                    stale.Id, new ContainerStopOptions { GracePeriod = StaleGracePeriod }, cancellationToken).ConfigureAwait(false);
            }
            catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
            {
                // It went by itself.
            }

            await _lifecycle.RemoveContainerAsync(
                stale.Id, new ContainerRemoveOptions { RemoveVolumes = true }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> GetNameAsync(string id, CancellationToken cancellationToken)
        => ContainerMapping.NameOf(
            (await engine.InspectAsync(id, "ask for the name of", cancellationToken).ConfigureAwait(false)).Name ?? id);

    private static EnginePurpose CreationPurpose(ContainerSpecification specification, string? name)
        => new(name is null
            ? $"create a container of '{specification.Image}'"
            : $"create the container '{name}' of '{specification.Image}'", name ?? specification.Image, ZLayerErrorKind.ImageNotFound)
        {
            Conflict = ZLayerErrorKind.NameInUse,
            SubjectOf = kind => kind == ZLayerErrorKind.ImageNotFound ? specification.Image : null,
            Refine = (_, said) => said.Contains("does not match the specified platform", StringComparison.OrdinalIgnoreCase)
                || said.Contains("no match for platform", StringComparison.OrdinalIgnoreCase)
                ? ZLayerErrorKind.PlatformNotAvailable
                : null,
        };
}
