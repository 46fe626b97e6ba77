using System.IO.Enumeration;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

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
    public bool IsAmong(DigestMarks diffIds) => DigestMarks.TryKeyOf(Hex, out var key) && diffIds.Contains(key);

    /// <summary>The layers of a data root that are extracted, and those of which there is only a record that somebody asks about.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="wantsRecord">Says of the beginning of a DiffID whether it is wanted; see <see cref="DigestMarks"/>.</param>
    public static IEnumerable<LayerEntry> Enumerate(StoreLayout layout, Func<ulong, bool> wantsRecord)
    {
        var names = DirectoryNames.List(
            layout.Layers,
            (ref FileSystemEntry entry) => (Name: entry.FileName.ToString(), entry.IsDirectory),
            (ref FileSystemEntry entry) => entry.IsDirectory || IsWantedRecord(entry.FileName, wantsRecord)).ToList();
        var directories = names.Where(name => name.IsDirectory)
            .ToLookup(name => name.Name.Split('.')[0], name => name.Name, StringComparer.Ordinal);
        return directories.Select(group => group.Key)
            .Union(names.Where(name => !name.IsDirectory).Select(name => Path.GetFileNameWithoutExtension(name.Name)))
            .Order(StringComparer.Ordinal)
            .Select(hex => Make(layout, hex, directories[hex]));
    }

    /// <summary>One layer; null when the data root has neither a directory nor a record of it.</summary>
    public static LayerEntry? Find(StoreLayout layout, LayerRecords records, Digest diffId)
    {
        // Only such a layer is extracted more than once, and only then all names have to be looked through.
        var stacked = records.Read(diffId).NeedsBelow == true
            ? DirectoryNames.All(() => Directory.EnumerateDirectories(layout.Layers, diffId.Hex + ".*"))
                .Select(path => Path.GetFileName(path)!)
            : [];
        var alone = Directory.Exists(records.DirectoryOf(diffId)) ? new[] { diffId.Hex } : [];
        var entry = Make(layout, diffId.Hex, alone.Concat(stacked));
        return entry.Directories.Count > 0 || entry.Record is not null ? entry : null;
    }

    private static bool IsWantedRecord(ReadOnlySpan<char> name, Func<ulong, bool> wants)
        => name.EndsWith(".json") && (!DigestMarks.TryKeyOf(name[..^".json".Length], out var key) || wants(key));

    private static LayerEntry Make(StoreLayout layout, string hex, IEnumerable<string> directories)
    {
        var record = new FileInfo(Path.Combine(layout.Layers, hex + ".json"));
        return new LayerEntry(
            hex, [.. directories.Select(name => new DirectoryInfo(Path.Combine(layout.Layers, name)))], record.Exists ? record : null);
    }
}
