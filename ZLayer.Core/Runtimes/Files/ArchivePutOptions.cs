namespace ZLayer.Core.Runtimes.Files;

/// <summary>How an archive is extracted into a container.</summary>
public sealed record ArchivePutOptions
{
    /// <summary>Refuses to replace a directory by something else, or something else by a directory.</summary>
    public bool NoOverwriteDirNonDir { get; init; }

    /// <summary>Keeps the owners of the archive; else everything belongs to the container's root.</summary>
    public bool CopyOwner { get; init; }
}
