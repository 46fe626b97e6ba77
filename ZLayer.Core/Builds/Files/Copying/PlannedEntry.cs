using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>One entry of the layer that a COPY writes.</summary>
internal sealed class PlannedEntry
{
    /// <summary>What the tar stream says of it; hard links are found when it is written.</summary>
    public required TarEntry Entry { get; set; }

    /// <summary>Where the content comes from: an item of a match; null for what has no content.</summary>
    public CopyMatch? Match { get; init; }

    /// <summary>The index of the item in the match.</summary>
    public int Item { get; init; }

    /// <summary>The archive that the content comes from; null otherwise.</summary>
    public ArchivePlan? Archive { get; init; }

    /// <summary>The number of the entry in the archive, from 0.</summary>
    public int ArchiveIndex { get; init; }

    /// <summary>A file of the stage below whose content is copied up; null otherwise.</summary>
    public FileNode? Below { get; init; }

    /// <summary>The name that the source has for it, whatever the case of the one that is there; null for what no source has.</summary>
    public string? SourceName { get; init; }

    /// <summary>True for a directory that this COPY made on the way to its destination.</summary>
    public bool IsMade { get; init; }

    /// <summary>True for a symbolic link to a directory; only known for Windows images.</summary>
    public bool LeadsToDirectory { get; set; }

    /// <summary>True when a later source put something else in its place.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>The hard links of archives that lead here.</summary>
    public List<PlannedEntry> Links { get; } = [];
}
