namespace ZLayer.Core.Runtimes.Files;

/// <summary>How files are copied between this machine and a container.</summary>
public sealed record ContainerCopyOptions
{
    /// <summary>Copies what a symbolic link points to, where the path to copy is one itself. Links below it are copied as links.</summary>
    public bool FollowLink { get; init; }

    /// <summary>Keeps the numeric owners. Else files belong to root in the container, and to the caller on this machine.</summary>
    public bool PreserveOwner { get; init; }

    /// <summary>Told how many bytes of the archive went by so far.</summary>
    public IProgress<long>? Progress { get; init; }
}
