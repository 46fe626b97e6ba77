namespace ZLayer.Core.Runtimes.Files;

/// <summary>What a path in a container is.</summary>
public sealed record PathStat
{
    /// <summary>The last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary>The size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Kind and permissions.</summary>
    public FileMode Mode { get; init; }

    /// <summary>When its content changed last.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Where a symbolic link points to; empty for everything else.</summary>
    public string LinkTarget { get; init; } = "";
}
