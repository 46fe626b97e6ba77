using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>One layer as collection sees it: the record, the directory, or both.</summary>
/// <param name="Hex">The hexadecimal part of the DiffID.</param>
/// <param name="Directories">The extracted directories: by itself, and for each stack where the layer needs those below it.</param>
/// <param name="Record">The record's file; null when there is none.</param>
internal sealed record LayerEntry(string Hex, IReadOnlyList<DirectoryInfo> Directories, FileInfo? Record)
{
    /// <summary>When the layer was last used: the record's time, or the directory's where the record is missing.</summary>
    public DateTimeOffset LastUsed
        => Record is { Exists: true } record ? record.LastWriteTimeUtc
            : Directories.Count > 0 ? Directories.Max(directory => directory.LastWriteTimeUtc)
            : DateTimeOffset.MaxValue;

    /// <summary>The DiffID.</summary>
    public string DiffId => (Hex.Length == 128 ? "sha512:" : "sha256:") + Hex;

    /// <summary>Whether the layer is one of <paramref name="diffIds"/>.</summary>
    public bool IsAmong(IReadOnlySet<Digest> diffIds) => Digest.TryParse(DiffId, out var digest) && diffIds.Contains(digest);

    /// <summary>Whether the layer may go where only some may.</summary>
    public bool IsCandidate(IReadOnlySet<Digest>? candidates) => candidates is null || IsAmong(candidates);

    /// <summary>All layers of a data root.</summary>
    public static IEnumerable<LayerEntry> Enumerate(StoreLayout layout)
    {
        var root = new DirectoryInfo(layout.Layers);
        var directories = (root.Exists ? root.GetDirectories() : []).ToLookup(d => d.Name.Split('.')[0], StringComparer.Ordinal);
        var records = root.Exists
            ? root.GetFiles("*.json").ToDictionary(f => Path.GetFileNameWithoutExtension(f.Name), StringComparer.Ordinal)
            : [];
        return directories.Select(group => group.Key).Union(records.Keys).Order(StringComparer.Ordinal)
            .Select(hex => new LayerEntry(hex, [.. directories[hex]], records.GetValueOrDefault(hex)));
    }
}
