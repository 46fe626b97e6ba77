using System.Buffers;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// What was found out about many small files, so that they need not be opened and parsed again: <c>cache/remembered/&lt;kind&gt;</c>. Each
/// entry holds the stamp that its file had; a file with another stamp is read again. The memory may be absent, damaged or behind at any
/// time, and only costs time then: it is written in frames that carry their sha256, added to by one write at the end, and replaced by a
/// rename when half of it is stale.
/// </summary>
internal sealed class FileMemory
{
    // Fewer stale entries than this are not worth writing the file anew.
    private const int FewEntries = 64;

    private readonly StoreLayout _layout;
    private readonly string _path;
    private readonly DateTimeOffset _opened;
    private readonly FileMemoryContent _content;
    private readonly ArrayBufferWriter<byte> _added = new();
    private readonly Lock _gate = new();
    private readonly bool[] _used;

    private FileMemory(StoreLayout layout, string path, FileMemoryContent content)
    {
        _layout = layout;
        _opened = layout.Clock.GetUtcNow();
        _path = path;
        _content = content;
        _used = new bool[content.Slots.Length];
    }

    /// <summary>Where memories are.</summary>
    public static string DirectoryOf(StoreLayout layout) => Path.Combine(layout.Cache, "remembered");

    /// <summary>Opens the memory of a kind of files.</summary>
    public static FileMemory Open(StoreLayout layout, string kind)
    {
        var path = Path.Combine(DirectoryOf(layout), kind);
        return new FileMemory(layout, path, layout.Remembered.Read(path));
    }

    /// <summary>What is remembered of a file that has this stamp.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, in FileStamp stamp, out ReadOnlyMemory<byte> value) => TryFind(key, stamp, out value);

    /// <summary>What is remembered of a file whatever has become of it: for what its key alone determines.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) => TryFind(key, null, out value);

    /// <summary>Remembers a file that was read after its stamp was; see <see cref="FileStamp.IsSettled"/>.</summary>
    public void Add(ReadOnlySpan<byte> key, in FileStamp stamp, ReadOnlySpan<byte> value)
    {
        if (key.Length > ushort.MaxValue || !stamp.IsSettled(_opened))
        {
            return;
        }

        lock (_gate)
        {
            FileMemoryContent.WriteEntry(_added, key, stamp, value);
        }
    }

    /// <summary>Keeps what was added. Failing to is no error: it is found out again.</summary>
    /// <param name="complete">Whether everything that is worth remembering was asked for, so that the rest can be forgotten.</param>
    public void Save(bool complete)
    {
        lock (_gate)
        {
            var live = complete ? _used.Count(used => used) : _content.Slots.Count(slot => slot != 0);
            var isStale = _content.IsDamaged || (_content.Entries > FewEntries && _content.Entries > 2 * live);
            if ((_added.WrittenCount == 0 && !isStale) || !Directory.Exists(_layout.Cache))
            {
                return; // A root that was never used is not made only to remember that it is empty.
            }

            try
            {
                Write(isStale, complete);
            }
            catch (Exception e) when (StorageErrors.IsFileError(e))
            {
                // A full disk, or a root that may only be read.
            }

            _added.ResetWrittenCount();
        }
    }

    private void Write(bool isStale, bool complete)
    {
        if (OperatingSystem.IsLinux() && !isStale && File.Exists(_path))
        {
            // With O_APPEND what several processes add follows each other.
            using var file = FileHandles.OpenFile(_path, FileHandles.ReadWrite | FileHandles.Append);
            RandomAccess.Write(file, FileMemoryContent.ToFrames(_added.WrittenSpan).WrittenSpan, 0);
            return;
        }

        var kept = new ArrayBufferWriter<byte>(_content.Size + _added.WrittenCount + 1);
        for (var slot = 0; slot < _content.Slots.Length; slot++)
        {
            if (_content.Slots[slot] != 0 && (!complete || _used[slot]))
            {
                kept.Write(_content.EntryAt(_content.Slots[slot]));
            }
        }

        kept.Write(_added.WrittenSpan);
        StagedFile.Write(_layout, _path, FileMemoryContent.ToFrames(kept.WrittenSpan).WrittenSpan, flush: false);
    }

    private bool TryFind(ReadOnlySpan<byte> key, FileStamp? stamp, out ReadOnlyMemory<byte> value)
    {
        var slot = _content.SlotOf(key);
        var offset = _content.Slots[slot];
        if (offset == 0 || (stamp is { } wanted && _content.StampAt(offset) != wanted))
        {
            value = default;
            return false;
        }

        _used[slot] = true;
        value = _content.ValueAt(offset);
        return true;
    }
}
