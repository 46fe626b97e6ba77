namespace ZLayer.Core.Layers;

/// <summary>What was extracted, and what the file system or the options did not allow.</summary>
internal sealed record LayerExtractionResult
{
    /// <summary>How many entries the layer has, whiteouts among them.</summary>
    public long Entries { get; init; }

    /// <summary>How many bytes of file content were written.</summary>
    public long ContentSize { get; init; }

    /// <summary>How many devices were skipped, as the options said.</summary>
    public int SkippedDevices { get; init; }

    /// <summary>How many extended attributes the file system or the user's rights did not allow.</summary>
    public int SkippedAttributes { get; init; }

    /// <summary>
    /// Directories that were made because entries lie in them, though the layer has no entry for them. Overlayfs takes a
    /// directory's mode and owner from the topmost layer, so they hide those of the layers below, unless they were looked up there.
    /// </summary>
    public IReadOnlyList<string> ImpliedDirectories { get; init => field = value.ToArray(); } = [];
}
