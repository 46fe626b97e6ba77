namespace ZLayer.Core.Runtimes;

/// <summary>How a container is removed.</summary>
public sealed record ContainerRemoveOptions
{
    /// <summary>Kills a running container first.</summary>
    public bool Force { get; init; } = true;

    /// <summary>Removes its anonymous volumes too.</summary>
    public bool RemoveVolumes { get; init; }
}
