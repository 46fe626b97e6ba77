using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Remembers the digests of files of one root by what the file system says of them, as git's index does: an unchanged file is not read
/// again. A file that changed within two seconds before it was looked at is not remembered, because a later change could leave the same
/// times behind. One compact file for each root; a damaged one counts as empty. Safe for concurrent use and for several processes: the last
/// one to save wins.
/// </summary>
internal sealed class FileDigestCache
{
    private const int HeaderSize = 48;
    private const int MaximumAge = 16;
    private static readonly TimeSpan RacyWindow = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly StoreLayout _layout;
    private readonly long _trustedBefore;
    private readonly FileDigestRecord[] _records;
    private readonly byte[] _used;
    private readonly Dictionary<ulong, FileDigestRecord> _added = [];
    private readonly Lock _gate = new();

    private FileDigestCache(StoreLayout layout, string path, DateTimeOffset now)
    {
        _layout = layout;
        _path = path;
        _trustedBefore = ((now - RacyWindow) - DateTimeOffset.UnixEpoch).Ticks * 100;
        _records = Load(path);
        _used = new byte[_records.Length];
    }

    // Raised when what was remembered may be wrong: of hard links in archives it once was that they have no attributes.
    private static ReadOnlySpan<byte> Magic => "ZLFILES2"u8;

    /// <summary>Opens the cache of a root.</summary>
    /// <param name="layout">The data root that keeps the cache.</param>
    /// <param name="key">What the root is: an absolute directory, or the DiffID of a layer.</param>
    public static FileDigestCache Open(StoreLayout layout, string key) => Open(layout, key, DateTimeOffset.UtcNow);

    internal static FileDigestCache Open(StoreLayout layout, string key, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16));
        return new FileDigestCache(layout, Path.Combine(layout.Cache, "contexts", name), now);
    }

    /// <summary>Finds what is known of a file.</summary>
    /// <param name="file">The file as it is now.</param>
    /// <param name="known">What is known.</param>
    /// <returns>False when nothing is known, or the file is not the one that was read.</returns>
    public bool TryGet(FileNode file, out KnownContent known)
    {
        known = default;
        var wanted = FileDigestRecord.Describe(file);
        var index = Find(wanted.PathHash);
        if (index >= 0 && _records[index].IsSameFile(wanted))
        {
            _used[index] = 1;
            known = _records[index].Content;
            return true;
        }

        lock (_gate)
        {
            if (_added.TryGetValue(wanted.PathHash, out var added) && added.IsSameFile(wanted))
            {
                known = added.Content;
                return true;
            }
        }

        return false;
    }

    /// <summary>Remembers a file as it was before it was read.</summary>
    /// <param name="file">The file as it was.</param>
    /// <param name="content">What was read.</param>
    public void Add(FileNode file, in KnownContent content)
    {
        if (file.Identity.ChangedNanoseconds >= _trustedBefore)
        {
            return;
        }

        var record = FileDigestRecord.Describe(file).With(content);
        lock (_gate)
        {
            _added[record.PathHash] = record;
        }
    }

    /// <summary>Writes the cache where something new was learnt; failing to is no error, because the cache only saves time.</summary>
    public void Save()
    {
        lock (_gate)
        {
            if (_added.Count == 0)
            {
                return;
            }

            try
            {
                _layout.EnsureCreated();
                Write(Merge());
                _added.Clear();
            }
            catch (Exception e) when (e is ZLayerException || SystemErrors.IsSystemError(e))
            {
                // The next build reads the files again.
            }
        }
    }

    // Hashes are spread evenly, so guessing the place from the value finds it in about three steps.
    private int Find(ulong hash)
    {
        int low = 0, high = _records.Length - 1;
        while (low <= high && hash >= _records[low].PathHash && hash <= _records[high].PathHash)
        {
            var span = _records[high].PathHash - _records[low].PathHash;
            var guess = span == 0 ? low : low + (int)((UInt128)(hash - _records[low].PathHash) * (ulong)(high - low) / span);
            var found = _records[guess].PathHash;
            if (found == hash)
            {
                return guess;
            }

            (low, high) = found < hash ? (guess + 1, high) : (low, guess - 1);
        }

        return -1;
    }

    private FileDigestRecord[] Merge()
    {
        var merged = new List<FileDigestRecord>(_records.Length + _added.Count);
        for (var i = 0; i < _records.Length; i++)
        {
            var record = _records[i];
            record.Age = _used[i] != 0 ? (byte)0 : (byte)(record.Age + 1);
            if (!_added.ContainsKey(record.PathHash) && record.Age <= MaximumAge)
            {
                merged.Add(record);
            }
        }

        merged.AddRange(_added.Values);
        merged.Sort(static (a, b) => a.PathHash.CompareTo(b.PathHash));
        return [.. merged];
    }

    private void Write(FileDigestRecord[] records)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        AtomicFile.Write(_path, file =>
        {
            var body = MemoryMarshal.AsBytes(records.AsSpan());
            Span<byte> header = stackalloc byte[HeaderSize];
            Magic.CopyTo(header);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], records.Length);
            SHA256.HashData(body, header[16..]);
            file.Write(header);
            file.Write(body);
        });
    }

    private static FileDigestRecord[] Load(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < HeaderSize || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
            {
                return [];
            }

            var body = bytes.AsSpan(HeaderSize);
            var count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(body, hash);
            return count * Marshal.SizeOf<FileDigestRecord>() == body.Length && hash.SequenceEqual(bytes.AsSpan(16, hash.Length))
                ? MemoryMarshal.Cast<byte, FileDigestRecord>(body).ToArray()
                : [];
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            return [];
        }
    }
}
