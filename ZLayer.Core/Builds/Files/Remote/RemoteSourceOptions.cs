using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Files;

/// <summary>The flags of ADD that concern remote sources.</summary>
internal sealed record RemoteSourceOptions
{
    /// <summary><c>--checksum</c>: a digest for downloads, a commit or its beginning for git.</summary>
    public string? Checksum { get; init; }

    /// <summary><c>--keep-git-dir</c>.</summary>
    public bool? KeepGitDirectory { get; init; }

    /// <summary><c>--unpack</c>; downloads are not unpacked unless it is true.</summary>
    public bool? Unpack { get; init; }

    /// <summary>Where the instruction stands, for messages.</summary>
    public SourceLocation Location { get; init; }
}
