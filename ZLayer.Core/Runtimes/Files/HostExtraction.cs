using System.Buffers;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Makes files on this machine of an archive from a container, which is not trusted: every name is opened from its parent's descriptor, no
/// link is ever followed, and files are made anew rather than written into, so that nothing outside of the directory is touched. Linux.
/// </summary>
internal sealed unsafe class HostExtraction : IHostExtraction
{
    private const int BufferSize = 256 * 1024;
    private const int OwnerBits = 0x1C0;

    private readonly string _root;
    private readonly LayerDirectory _directory;
    private readonly MetadataRestorer _metadata;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    // Set at the end: files made in a directory change its time, and it may not be writable afterwards.
    private readonly Dictionary<string, FileMetadata> _directories = new(StringComparer.Ordinal);

    /// <param name="root">An existing directory.</param>
    /// <param name="keepOwners">Whether files get the owners of the archive.</param>
    public HostExtraction(string root, bool keepOwners)
    {
        _root = root;
        _directory = new LayerDirectory(
            root, lookUpLower: null, (_, path, _) => _directories.TryAdd(
                path, new FileMetadata(0x1ED, 0, 0, DateTimeOffset.UtcNow, null)), followLinks: false);
        _metadata = new MetadataRestorer(keepOwners, _directory.Root);
    }

    /// <inheritdoc/>
    public void Extract(TarEntry entry, Stream content, CancellationToken cancellationToken)
    {
        var parent = _directory.OpenParent(entry.Path);
        var name = LinuxFiles.ToName(LayerDirectory.NameOf(entry.Path));
        switch (entry.Type)
        {
            case TarEntryType.File:
                MakeFile(entry, parent, name, content, cancellationToken);
                break;
            case TarEntryType.Directory:
                MakeDirectory(entry, parent, name);
                break;
            case TarEntryType.HardLink:
                MakeHardLink(entry, name);
                break;
            default:
                MakeNode(entry, parent, name);
                break;
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        // Backwards, so that a directory comes after what is in it.
        foreach (var path in _directories.Keys.OrderDescending(StringComparer.Ordinal))
        {
            if (_directory.TryOpen(path))
            {
                _metadata.Restore(_directory.Current, _directories[path], currentMode: -1, OnHost(path));
            }
        }
    }

    public void Dispose()
    {
        _directory.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void MakeFile(TarEntry entry, int parent, byte[] name, Stream content, CancellationToken cancellationToken)
    {
        var metadata = Metadata(entry);
        var mode = _metadata.CreationMode(metadata);
        using var file = NewFile.TryCreate(parent, name, mode) ?? throw Failed("Creating", entry.Path);
        if (file.Replaces)
        {
            fixed (byte* start = name)
            {
                RequireReplaceable(parent, start, entry.Path, isDevice: false);
            }
        }

        int count;
        while ((count = content.Read(_buffer, 0, BufferSize)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LinuxFiles.Write(file.Descriptor, _buffer.AsSpan(0, count), OnHost(entry.Path));
        }

        _metadata.Restore(file.Descriptor, metadata, mode == metadata.Mode ? mode : -1, OnHost(entry.Path));
        if (!file.TryPlace())
        {
            throw Failed("Replacing", entry.Path);
        }
    }

    private void MakeDirectory(TarEntry entry, int parent, byte[] name)
    {
        fixed (byte* start = name)
        {
            if (SystemCalls.MakeDirectory(parent, start, OwnerBits) != 0)
            {
                if (SystemCalls.LastError != SystemErrors.Exists)
                {
                    throw Failed("Creating", entry.Path);
                }

                if (LinuxFiles.Status(parent, start) is not { Type: LinuxFileStatus.Directory })
                {
                    throw new ZLayerException(
                        ZLayerErrorKind.FileExists, $"A directory cannot replace '{OnHost(entry.Path)}', which is none.")
                    {
                        Subject = OnHost(entry.Path),
                    };
                }
            }
        }

        _directories[entry.Path] = Metadata(entry);
    }

    private void MakeHardLink(TarEntry entry, byte[] name)
    {
        if (entry.LinkTarget == entry.Path || !_directory.TryOpenParent(entry.LinkTarget!))
        {
            throw NoTarget(entry);
        }

        var targetParent = LayerExtraction.OpenAgain(_directory.Current, entry.Path);
        try
        {
            var parent = _directory.OpenParent(entry.Path);
            fixed (byte* target = LinuxFiles.ToName(LayerDirectory.NameOf(entry.LinkTarget!)))
            fixed (byte* start = name)
            {
                if (SystemCalls.MakeHardLink(targetParent, target, parent, start, 0) == 0
                    || (IsReplaceable(parent, start, entry.Path, isDevice: false)
                        && SystemCalls.MakeHardLink(targetParent, target, parent, start, 0) == 0))
                {
                    return;
                }
            }

            throw SystemCalls.LastError == SystemErrors.NotFound ? NoTarget(entry) : Failed("Linking", entry.Path);
        }
        finally
        {
            LinuxFiles.Close(targetParent);
        }
    }

    private void MakeNode(TarEntry entry, int parent, byte[] name)
    {
        fixed (byte* start = name)
        {
            if (LayerExtraction.TryMakeNode(entry, parent, name) != 0
                && !(IsReplaceable(parent, start, entry.Path, entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
                    && LayerExtraction.TryMakeNode(entry, parent, name) == 0))
            {
                throw Failed("Creating", entry.Path);
            }
        }

        _metadata.RestoreNode(parent, name, Metadata(entry), entry.Type == TarEntryType.SymbolicLink, OnHost(entry.Path));
    }

    /// <summary>Takes away what is there after a call said so; false when the call failed for another reason.</summary>
    private bool IsReplaceable(int parent, byte* name, string path, bool isDevice)
    {
        if (SystemCalls.LastError != SystemErrors.Exists)
        {
            return false;
        }

        RequireReplaceable(parent, name, path, isDevice);
        return SystemCalls.Unlink(parent, name, 0) == 0 ? true : throw Failed("Replacing", path);
    }

    private void RequireReplaceable(int parent, byte* name, string path, bool isDevice)
    {
        switch (LinuxFiles.Status(parent, name)?.Type)
        {
            case LinuxFileStatus.Directory:
                throw new ZLayerException(
                    ZLayerErrorKind.FileExists, $"The directory '{OnHost(path)}' cannot be replaced by something else.")
                {
                    Subject = OnHost(path),
                };
            case LinuxFileStatus.CharacterDevice or LinuxFileStatus.BlockDevice when !isDevice:
                throw new ZLayerException(ZLayerErrorKind.FileExists, $"The device '{OnHost(path)}' is not replaced by something else.")
                {
                    Subject = OnHost(path),
                };
        }
    }

    /// <summary>Labels of security modules and the like belong to the machine; what a container says of them is not taken over.</summary>
    private static FileMetadata Metadata(TarEntry entry)
        => FileMetadata.Of(entry) with { Attributes = entry.ExtendedAttributes?.Where(a => ExtendedAttributes.IsKept(a.Key)).ToDictionary(StringComparer.Ordinal) is { Count: > 0 } kept
            ? kept
            : null };

    private string OnHost(string entryPath) => CopyPath.Join(_root, entryPath);

    private ZLayerException Failed(string doing, string path)
        => SystemCalls.LastError == SystemErrors.NameTooLong
            ? LayerExtractor.Invalid(path, "its name or link target is too long")
            : LinuxFiles.Failure(doing, OnHost(path), isWrite: true);

    private static ZLayerException NoTarget(TarEntry entry)
        => LayerExtractor.Invalid(entry.Path, $"it is a hard link to '{entry.LinkTarget}', which was not copied before it");
}
