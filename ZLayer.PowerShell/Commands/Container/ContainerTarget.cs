using ZLayer.Core.Runtimes;

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

    /// <summary>The container as it is now.</summary>
    /// <exception cref="Core.Errors.ZLayerException">ContainerNotFound.</exception>
    public async Task<ContainerInfo> RefreshAsync(CancellationToken cancellationToken)
    {
        var found = await Runtime.ListContainersAsync(new ContainerFilter { Containers = [Id] }, cancellationToken);
        return found.FirstOrDefault(container => container.Id == Id) ?? throw ContainerSelection.NotFound(Runtime, Name);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
