using System.Buffers;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>One layer on its way into a directory.</summary>
internal sealed unsafe partial class LayerExtraction : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int DirectoryBits = 0x1C0;

    private readonly LayerTarReader _reader;
    private readonly LayerExtractionOptions _options;
    private readonly LayerDirectory _directory;
    private readonly MetadataRestorer _metadata;
    private readonly string _opaqueAttribute;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    // By resolved path. Set at the end: files made in a directory change its time, and it may not be writable afterwards.
    private readonly Dictionary<string, FileMetadata> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _implied = new(StringComparer.Ordinal);
    private readonly HashSet<string> _skipped = new(StringComparer.Ordinal);
    private TarEntry? _entry;
    private long _entries;
    private long _contentSize;

    public LayerExtraction(Stream tar, string directory, LayerExtractionOptions options)
    {
        _options = options;
        _opaqueAttribute = (options.UseUserAttributes ? ExtendedAttributes.UserOverlay : ExtendedAttributes.TrustedOverlay) + "opaque";
        _directory = new LayerDirectory(directory, options.LowerLookup, OnImplied);
        _metadata = new MetadataRestorer(options.RestoreOwners, _directory.Root);
        _reader = new LayerTarReader(tar, leaveOpen: true);
    }

    public LayerExtractionResult Run(CancellationToken cancellationToken)
    {
        while (_reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _entry = entry;
            _entries++;
            Extract(entry, cancellationToken);
        }

        _reader.Drain(cancellationToken);
        RestoreDirectories();
        return new LayerExtractionResult
        {
            Entries = _entries,
            ContentSize = _contentSize,
            SkippedDevices = _skipped.Count,
            SkippedAttributes = _metadata.SkippedAttributes,
            ImpliedDirectories = _implied.Order(StringComparer.Ordinal).ToList(),
        };
    }

    public void Dispose()
    {
        _reader.Dispose();
        _directory.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Extract(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Path.Length == 0)
        {
            _directories[""] = FileMetadata.Of(entry);
            return;
        }

        var name = LayerDirectory.NameOf(entry.Path);
        if (IsLeftover(entry.Path, name))
        {
            return;
        }

        if (name.StartsWith(Whiteout.Prefix, StringComparison.Ordinal))
        {
            ExtractWhiteout(entry, name);
            return;
        }

        switch (entry.Type)
        {
            case TarEntryType.File:
                ExtractFile(entry, name, cancellationToken);
                break;
            case TarEntryType.Directory:
                ExtractDirectory(entry, name);
                break;
            case TarEntryType.HardLink:
                ExtractHardLink(entry, name, cancellationToken);
                break;
            default:
                ExtractNode(entry, name);
                break;
        }
    }

    private void ExtractFile(TarEntry entry, string name, CancellationToken cancellationToken)
    {
        var parent = _directory.OpenParent(entry.Path);
        var metadata = FileMetadata.Of(entry);
        using var file = CreateFile(parent, LinuxFiles.ToName(name), _metadata.CreationMode(metadata), entry.Path);
        CopyContent(_reader.Content, file.Descriptor, entry.Path, cancellationToken);
        _metadata.Restore(file.Descriptor, metadata, CreatedMode(metadata), entry.Path);
        Place(file, entry.Path);
    }

    /// <summary>The mode that a file of <see cref="MetadataRestorer.CreationMode"/> has; -1 when it is not the final one.</summary>
    private int CreatedMode(in FileMetadata metadata)
        => _metadata.CreationMode(metadata) == metadata.Mode ? metadata.Mode : -1;

    private void CopyContent(Stream content, int file, string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (content is TarContentStream entry && entry.SkipHole() is > 0 and var hole)
            {
                LinuxFiles.AddHole(file, hole, path);
                _contentSize += hole;
            }
            else if (content.Read(_buffer, 0, BufferSize) is > 0 and var count)
            {
                LinuxFiles.Write(file, _buffer.AsSpan(0, count), path);
                _contentSize += count;
            }
            else
            {
                return;
            }
        }
    }

    private static NewFile CreateFile(int parent, byte[] name, int mode, string path)
        => NewFile.TryCreate(parent, name, mode) ?? throw Failed("Creating", path);

    private void Place(NewFile file, string path)
    {
        if (file.TryPlace())
        {
            return;
        }

        // A directory does not go by itself when a file takes its name.
        if (SystemCalls.LastError is SystemErrors.IsDirectory or SystemErrors.Exists)
        {
            Remove(file.Directory, file.Name, path);
            if (file.TryPlace())
            {
                return;
            }
        }

        throw Failed("Replacing", path);
    }

    private void ExtractDirectory(TarEntry entry, string name)
    {
        var parent = _directory.OpenParent(entry.Path);
        var resolved = _directory.CurrentPrefix + name;
        var bytes = LinuxFiles.ToName(name);
        fixed (byte* start = bytes)
        {
            if (SystemCalls.MakeDirectory(parent, start, DirectoryBits) != 0)
            {
                if (SystemCalls.LastError != SystemErrors.Exists)
                {
                    throw Failed("Creating", entry.Path);
                }

                if (LinuxFiles.Status(parent, start) is not { Type: LinuxFileStatus.Directory })
                {
                    Remove(parent, bytes, entry.Path);
                    if (SystemCalls.MakeDirectory(parent, start, DirectoryBits) != 0)
                    {
                        throw Failed("Creating", entry.Path);
                    }

                    // What was here hid what the layers below have here, so the directory must too.
                    MakeOpaque(parent, start, entry.Path);
                }
            }
        }

        _directories[resolved] = FileMetadata.Of(entry);
        _implied.Remove(resolved);
    }

    private void ExtractNode(TarEntry entry, string name)
    {
        if (!_options.CreateDevices && entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
        {
            _skipped.Add(entry.Path);
            return;
        }

        MakeNode(entry, _directory.OpenParent(entry.Path), LinuxFiles.ToName(name), FileMetadata.Of(entry));
    }

    private void MakeNode(TarEntry entry, int parent, byte[] name, in FileMetadata metadata)
    {
        if (TryMakeNode(entry, parent, name) != 0)
        {
            if (SystemCalls.LastError != SystemErrors.Exists)
            {
                throw Failed("Creating", entry.Path);
            }

            Remove(parent, name, entry.Path);
            if (TryMakeNode(entry, parent, name) != 0)
            {
                throw Failed("Creating", entry.Path);
            }
        }

        _metadata.RestoreNode(parent, name, metadata, entry.Type == TarEntryType.SymbolicLink, entry.Path);
    }

    public static int TryMakeNode(TarEntry entry, int parent, byte[] name)
    {
        fixed (byte* start = name)
        fixed (byte* target = LinuxFiles.ToName(entry.LinkTarget ?? ""))
        {
            return entry.Type switch
            {
                TarEntryType.SymbolicLink => SystemCalls.MakeSymbolicLink(target, parent, start),
                TarEntryType.CharacterDevice => SystemCalls.MakeNode(parent, start, LinuxFileStatus.CharacterDevice, DeviceNumber(entry)),
                TarEntryType.BlockDevice => SystemCalls.MakeNode(parent, start, LinuxFileStatus.BlockDevice, DeviceNumber(entry)),
                _ => SystemCalls.MakeNode(parent, start, LinuxFileStatus.Fifo, 0),
            };
        }
    }

    /// <summary>makedev(3).</summary>
    private static ulong DeviceNumber(TarEntry entry)
    {
        var (major, minor) = ((ulong)(uint)entry.DeviceMajor, (ulong)(uint)entry.DeviceMinor);
        return ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
    }

    /// <summary>A directory that no entry describes: as it is in the layers below, else of root, with the time of what is put in.</summary>
    private void OnImplied(int descriptor, string path, bool isReplacement)
    {
        if (isReplacement)
        {
            SetOpaque(descriptor, path);
        }

        var lower = isReplacement ? null : _options.LowerLookup?.Invoke(path);
        _directories[path] = lower is not null && Linux(lower, path) is { Type: LinuxFileStatus.Directory } status
            ? FileMetadata.Of(status) with { Attributes = LowerAttributes(lower) }
            : new FileMetadata(0x1ED, 0, 0, _entry?.ModificationTime ?? DateTimeOffset.UnixEpoch, null);
        _implied.Add(path);
    }

    private void RestoreDirectories()
    {
        // Backwards, so that a directory comes after what is in it.
        foreach (var path in _directories.Keys.OrderDescending(StringComparer.Ordinal))
        {
            // One that a later entry replaced is skipped.
            if (_directory.TryOpen(path))
            {
                _metadata.Restore(_directory.Current, _directories[path], currentMode: -1, path);
            }
        }
    }

    /// <summary>Removes what an entry replaces: it is of this layer, as the directory was empty.</summary>
    private void Remove(int parent, byte[] name, string path)
    {
        if (!LinuxTree.TryRemove(parent, name, path))
        {
            throw Failed("Replacing", path);
        }

        _directory.ForgetBelow();
    }

    private static Errors.ZLayerException Failed(string doing, string path)
        => SystemCalls.LastError == SystemErrors.NameTooLong
            ? LayerExtractor.Invalid(path, "its name or link target is too long")
            : LinuxFiles.Failure(doing, path, isWrite: true);
}
