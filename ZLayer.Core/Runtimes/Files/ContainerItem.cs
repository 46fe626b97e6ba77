namespace ZLayer.Core.Runtimes.Files;

/// <summary>A file or directory in a container, as <c>Get-ChildItem</c> would show it.</summary>
public sealed record ContainerItem
{
    /// <summary>The last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary>The absolute path in the container.</summary>
    public required string FullName { get; init; }

    /// <summary>The size in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Kind and permissions.</summary>
    public FileMode Mode { get; init; }

    /// <summary>When its content changed last.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Where a symbolic link points to; null for everything else.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The container.</summary>
    public required string ContainerName { get; init; }

    /// <summary>The runtime that holds the container.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>The absolute path.</summary>
    public override string ToString() => FullName;
}
