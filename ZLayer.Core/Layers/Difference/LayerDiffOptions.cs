namespace ZLayer.Core.Layers;

/// <summary>How <see cref="LayerDiff"/> makes a layer of an upper directory.</summary>
internal sealed record LayerDiffOptions
{
    /// <summary>
    /// Paths that are left out with everything below them, as mount points are; relative, as in <see cref="TarEntry.Path"/>.
    /// </summary>
    public IReadOnlySet<string> Exclude { get; init; } = new HashSet<string>();

    /// <summary>Later modification times become this one (<c>SOURCE_DATE_EPOCH</c>); null keeps them.</summary>
    public DateTimeOffset? Epoch { get; init; }
}
