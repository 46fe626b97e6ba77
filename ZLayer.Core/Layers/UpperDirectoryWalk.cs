using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>One walk through an upper directory that writes its entries.</summary>
internal sealed unsafe class UpperDirectoryWalk(LayerTarWriter writer, LayerDiffOptions options, CancellationToken cancellationToken)
{
    private readonly Dictionary<(ulong FileSystem, ulong Inode), string> _linked = [];

    /// <summary>Writes everything in an open directory.</summary>
    public void WriteContent(int directory, string path)
    {
        foreach (var (text, name) in Sort(LinuxDirectory.ReadNames(directory, path)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var childPath = path.Length == 0 ? text : path + "/" + text;
            if (!options.Exclude.Contains(childPath))
            {
                WriteChild(directory, name, path, childPath);
            }
        }
    }

    private static IEnumerable<(string Text, byte[] Name)> Sort(List<byte[]> names)
        => names.Select(name => (Text: FileNameEncoding.Decode(name.AsSpan(0, name.Length - 1)), name)).OrderBy(pair => pair.Text, StringComparer.Ordinal);

    private void WriteChild(int directory, byte[] name, string parent, string path)
    {
        if (name.AsSpan().StartsWith(".wh."u8))
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Making a layer: the name of '{path}' would mean a removed file, as names in a layer do that start with '.wh.'.")
            {
                Subject = path,
                Advice = "Give the file another name.",
            };
        }

        LinuxFileStatus status;
        fixed (byte* start = name)
        {
            status = LinuxFiles.Status(directory, start) ?? throw LinuxFiles.Failure("Reading", path, isWrite: false);
        }

        if (status.IsWhiteout)
        {
            WriteMark(parent, Whiteout.Prefix + path[(parent.Length == 0 ? 0 : parent.Length + 1)..], status);
        }
        else if (status.Type == LinuxFileStatus.Directory)
        {
            WriteDirectory(directory, name, path, status);
        }
        else if (status.Type != LinuxFileStatus.Socket && !TryWriteHardLink(path, status))
        {
            WriteLeaf(directory, name, path, status);
        }
    }

    private void WriteDirectory(int parent, byte[] name, string path, in LinuxFileStatus status)
    {
        var attributes = ReadAttributes(parent, name, path, out var isOpaque);
        writer.WriteEntry(Describe(path, TarEntryType.Directory, status) with { ExtendedAttributes = attributes });
        if (isOpaque)
        {
            WriteMark(path, Whiteout.Opaque, status);
        }

        var directory = LinuxFiles.OpenEntry(parent, name, path, LinuxFiles.OpenDirectoryFlag);
        try
        {
            WriteContent(directory, path);
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private bool TryWriteHardLink(string path, in LinuxFileStatus status)
    {
        if (status.LinkCount < 2)
        {
            return false;
        }

        if (_linked.TryAdd((status.FileSystem, status.Inode), path))
        {
            return false;
        }

        writer.WriteEntry(Describe(path, TarEntryType.HardLink, status) with { LinkTarget = _linked[(status.FileSystem, status.Inode)] });
        return true;
    }

    private void WriteLeaf(int directory, byte[] name, string path, in LinuxFileStatus status)
    {
        var attributes = ReadAttributes(directory, name, path, out _);
        if (status.Type == LinuxFileStatus.RegularFile)
        {
            using var content = new DescriptorStream(LinuxFiles.OpenEntry(directory, name, path, 0), path);
            var current = LinuxFiles.Status(content.Descriptor) ?? throw LinuxFiles.Failure("Reading", path, isWrite: false);
            writer.WriteFile(
                Describe(path, TarEntryType.File, current) with { Size = (long)current.Size, ExtendedAttributes = attributes }, content);
            return;
        }

        var entry = status.Type switch
        {
            LinuxFileStatus.SymbolicLink => Describe(path, TarEntryType.SymbolicLink, status) with { Mode = 0x1FF, LinkTarget = LinuxFiles.ReadLinkEntry(directory, name, path) },
            LinuxFileStatus.CharacterDevice => DescribeDevice(path, TarEntryType.CharacterDevice, status),
            LinuxFileStatus.BlockDevice => DescribeDevice(path, TarEntryType.BlockDevice, status),
            _ => Describe(path, TarEntryType.Fifo, status),
        };
        writer.WriteEntry(entry with { ExtendedAttributes = attributes });
    }

    private void WriteMark(string directory, string name, in LinuxFileStatus status)
        => writer.WriteEntry(new TarEntry
        {
            Path = directory.Length == 0 ? name : directory + "/" + name,
            Type = TarEntryType.File,
            ModificationTime = Clamp(status.ModificationTime),
        });

    private TarEntry Describe(string path, TarEntryType type, in LinuxFileStatus status) => new()
    {
        Path = path,
        Type = type,
        Mode = status.Permissions,
        Uid = status.Uid,
        Gid = status.Gid,
        ModificationTime = Clamp(status.ModificationTime),
    };

    private TarEntry DescribeDevice(string path, TarEntryType type, in LinuxFileStatus status)
        => Describe(path, type, status) with { DeviceMajor = (int)status.DeviceMajor, DeviceMinor = (int)status.DeviceMinor };

    private DateTimeOffset Clamp(DateTimeOffset time) => options.Epoch is { } epoch && time > epoch ? epoch : time;

    private static Dictionary<string, byte[]>? ReadAttributes(int directory, byte[] name, string path, out bool isOpaque)
    {
        isOpaque = false;
        Dictionary<string, byte[]>? kept = null;
        foreach (var (attribute, value) in ExtendedAttributes.Read(directory, name, path))
        {
            if (ExtendedAttributes.IsOverlayPrivate(attribute))
            {
                var own = attribute[(attribute.LastIndexOf("overlay.", StringComparison.Ordinal) + "overlay.".Length)..];
                RequireSelfContained(own, path);
                isOpaque |= own == "opaque" && value.AsSpan().SequenceEqual("y"u8);
            }
            else if (ExtendedAttributes.IsKept(attribute))
            {
                kept ??= new Dictionary<string, byte[]>(StringComparer.Ordinal);
                kept[attribute] = value;
            }
        }

        return kept;
    }

    /// <summary>Features of overlayfs that leave a part of a change in the lower directories.</summary>
    private static void RequireSelfContained(string overlayAttribute, string path)
    {
        if (overlayAttribute is "redirect" or "metacopy")
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Making a layer: '{path}' was changed on an overlay mount with the feature '{overlayAttribute}', so it is not all there.")
            {
                Subject = path,
                Advice = "Mount the overlay with the options redirect_dir=off,metacopy=off.",
            };
        }
    }
}
