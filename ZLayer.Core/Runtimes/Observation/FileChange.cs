namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Something that a container changed in its file system.</summary>
/// <param name="Kind">What happened to it.</param>
/// <param name="Path">The absolute path.</param>
/// <param name="ContainerName">The container.</param>
public sealed record FileChange(FileChangeKind Kind, string Path, string ContainerName)
{
    /// <summary>The runtime that holds the container; empty where nobody asked for it by name.</summary>
    public string Runtime { get; init; } = "";
}
