using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Commands;

/// <summary>A container to work on.</summary>
/// <param name="Runtime">The runtime that holds it.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
internal sealed record ContainerTarget(IContainerRuntime Runtime, string Id, string Name)
{
    private const int ShortId = 12;

    /// <summary>What ShouldProcess shows: <c>container 'web' (3ee2e7cb96a9)</c>.</summary>
    public string Description => $"container '{Name}' ({(Id.Length > ShortId ? Id[..ShortId] : Id)})";

    /// <summary>The container as it is now; null when it is gone, as one that removes itself is at its end.</summary>
    public async Task<ContainerInfo?> FindAsync(CancellationToken cancellationToken)
    {
        var found = await Runtime.ListContainersAsync(new ContainerFilter { Containers = [Id] }, cancellationToken);
        return found.FirstOrDefault(container => container.Id == Id);
    }

    /// <summary>Writes the container as it is now, for -PassThru; nothing when it is gone.</summary>
    public async Task WriteAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } container)
        {
            await sink.WriteObjectAsync(container);
        }
    }

    /// <summary>What failed, with the name where it has the id.</summary>
    public Exception Named(Exception failure) => failure.Named(Id, Name);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
