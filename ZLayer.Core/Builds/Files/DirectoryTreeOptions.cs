using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Files;

/// <summary>What a <see cref="DirectoryTree"/> is told besides its root.</summary>
public sealed record DirectoryTreeOptions
{
    /// <summary>What the tree is, for messages.</summary>
    public string Description { get; init; } = "the build context";

    /// <summary>What is hidden; null for nothing.</summary>
    public IgnoreFile? Ignore { get; init; }

    /// <summary>The digests known from earlier; null to remember none.</summary>
    public FileDigestCache? Digests { get; init; }
}
