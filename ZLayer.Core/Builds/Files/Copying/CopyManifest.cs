using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The files that a COPY read, each with a digest of content and metadata: enough to say later what changed. One small file.
/// </summary>
internal sealed class CopyManifest
{
    private const int NamedChanges = 3;
    private const int HeaderSize = 8 + SHA256.HashSizeInBytes;

    private readonly Dictionary<string, CopyManifestEntry> _entries;

    private CopyManifest(Dictionary<string, CopyManifestEntry> entries) => _entries = entries;

    /// <summary>How many files it names, directories included.</summary>
    public int Count => _entries.Count;

    private static ReadOnlySpan<byte> Magic => "ZLCOPY01"u8;

    /// <summary>Reads a manifest that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The manifest; null when there is none or it is damaged.</returns>
    public static CopyManifest? Load(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < HeaderSize || !bytes.AsSpan(0, 8).SequenceEqual(Magic)
                || !SHA256.HashData(bytes.AsSpan(HeaderSize)).AsSpan().SequenceEqual(bytes.AsSpan(8, SHA256.HashSizeInBytes)))
            {
                return null;
            }

            using var reader = new BinaryReader(new MemoryStream(bytes, HeaderSize, bytes.Length - HeaderSize), Encoding.Unicode);
            var count = reader.ReadInt32();
            var entries = new Dictionary<string, CopyManifestEntry>(count, StringComparer.Ordinal);
            for (var i = 0; i < count; i++)
            {
                entries[reader.ReadString()] = new CopyManifestEntry(
                    (TarEntryType)reader.ReadByte(), reader.ReadInt16(), reader.ReadUInt64(), reader.ReadUInt64());
            }

            return new CopyManifest(entries);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            return null;
        }
    }

    /// <summary>Writes the manifest, atomically.</summary>
    /// <param name="path">The file; its directory is created.</param>
    /// <exception cref="Errors.ZLayerException">StorageWriteFailed or StorageFull.</exception>
    public void Save(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, Serialize());
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot write {path}", path, e, isWrite: true);
        }
    }

    /// <summary>
    /// Says what changed since an earlier manifest, with at most three names: <c>package.json: content changed, added src/x.ts, and 12 more
    /// changes</c>.
    /// </summary>
    /// <param name="earlier">What was copied before.</param>
    /// <returns>The text; null when nothing changed.</returns>
    public string? ExplainChanges(CopyManifest earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var changes = new List<(int Rank, string Path, string Text)>();
        foreach (var (path, entry) in _entries)
        {
            if (!earlier._entries.TryGetValue(path, out var before))
            {
                changes.Add((1, path, $"added {Show(path)}"));
            }
            else if (entry.Compare(before) is { } change)
            {
                changes.Add((0, path, $"{Show(path)}: {change}"));
            }
        }

        changes.AddRange(earlier._entries.Keys.Where(p => !_entries.ContainsKey(p)).Select(p => (2, p, $"removed {Show(p)}")));
        if (changes.Count == 0)
        {
            return null;
        }

        changes.Sort((a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : string.CompareOrdinal(a.Path, b.Path));
        var named = string.Join(", ", changes.Take(NamedChanges).Select(c => c.Text));
        var more = changes.Count - NamedChanges;
        return more <= 0 ? named : $"{named}, and {more} more change{(more == 1 ? "" : "s")}";
    }

    internal static CopyManifest Of(IReadOnlyList<CopyMatch> matches)
    {
        var entries = new Dictionary<string, CopyManifestEntry>(StringComparer.Ordinal);
        foreach (var match in matches)
        {
            for (var i = 0; i < match.Items.Length; i++)
            {
                // The directory whose content is copied is not itself copied.
                if (i > 0 || !match.Root.IsDirectory)
                {
                    entries[match.Items[i].Node.Path] = CopyManifestEntry.Of(match, i);
                }
            }
        }

        return new CopyManifest(entries);
    }

    private static string Show(string path) => path.Length == 0 ? "/" : path;

    private byte[] Serialize()
    {
        using var buffer = new MemoryStream();
        buffer.SetLength(HeaderSize);
        buffer.Position = HeaderSize;
        using (var writer = new BinaryWriter(buffer, Encoding.Unicode, leaveOpen: true))
        {
            writer.Write(_entries.Count);
            foreach (var (path, entry) in _entries)
            {
                writer.Write(path);
                writer.Write((byte)entry.Type);
                writer.Write(entry.Mode);
                writer.Write(entry.Metadata);
                writer.Write(entry.Content);
            }
        }

        var bytes = buffer.ToArray();
        Magic.CopyTo(bytes);
        SHA256.HashData(bytes.AsSpan(HeaderSize), bytes.AsSpan(8));
        return bytes;
    }
}

/// <summary>What a manifest keeps of a file.</summary>
internal readonly record struct CopyManifestEntry(TarEntryType Type, short Mode, ulong Metadata, ulong Content)
{
    public static CopyManifestEntry Of(CopyMatch match, int index)
    {
        var node = match.Items[index].Node;
        var content = node.IsFile
            ? BinaryPrimitives.ReadUInt64LittleEndian(match.Contents[index].Hash.Bytes)
            : node.LinkTarget is { } target
                ? BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.Unicode.GetBytes(target)))
                : 0;
        var owner = match.Source.ResetOwner ? 0 : ((ulong)(uint)node.Uid << 32) | (uint)node.Gid;
        return new CopyManifestEntry(node.Type, (short)node.Mode, owner, content);
    }

    public string? Compare(CopyManifestEntry before)
        => Type != before.Type ? "type changed"
            : Content != before.Content ? Type == TarEntryType.SymbolicLink ? "link changed" : "content changed"
            : Mode != before.Mode ? "mode changed"
            : Metadata != before.Metadata ? "owner changed"
            : null;
}
