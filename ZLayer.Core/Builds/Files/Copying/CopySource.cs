namespace ZLayer.Core.Builds.Files;

/// <summary>One source of a COPY or ADD.</summary>
/// <param name="Tree">The tree it is in; the caller disposes it.</param>
/// <param name="Path">
/// A path or pattern relative to the root of the tree, as written: a leading <c>/</c> is allowed, <c>.</c> is the root.
/// </param>
internal sealed record CopySource(IFileTree Tree, string Path)
{
    /// <summary>How the source is written in the Dockerfile where that differs from <see cref="Path"/>: the URL of a download.</summary>
    public string? Title { get; init; }

    /// <summary>True to read <c>*</c>, <c>?</c> and <c>[</c> in the path as a pattern, and to follow links in it.</summary>
    public bool IsPattern { get; init; } = true;

    /// <summary>True when files get the owner 0:0, as those of the build context do; false keeps the owners of the tree.</summary>
    public bool ResetOwner { get; init; }

    /// <summary>True to extract the source where it is a tar archive, compressed or not.</summary>
    public bool Unpack { get; init; }
}
