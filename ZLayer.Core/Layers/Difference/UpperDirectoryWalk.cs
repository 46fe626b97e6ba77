using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Layers;

/// <summary>One walk through an upper directory that writes its entries.</summary>
internal sealed unsafe class UpperDirectoryWalk(LayerTarWriter writer, LayerDiffOptions options, CancellationToken cancellationToken)
{
    private readonly Dictionary<(ulong FileSystem, ulong Inode), string> _linked = [];

    /// <summary>Writes everything in an open directory.</summary>
    public void WriteContent(int directory, string path)
    {
        using var walk = new LinuxTreeWalk(directory, path, staysOnMount: false, Sort);
        var parents = new Stack<string>([path]);
        while (walk.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (walk.IsLeaving)
            {
                parents.Pop();
                continue;
            }

            var parent = parents.Peek();
            var childPath = JoinPath(parent, walk.Name);
            if (!options.Exclude.Contains(childPath) && WriteChild(walk, parent, childPath))
            {
                parents.Push(childPath);
            }
        }
    }

    // The order of the names as text, whatever their bytes: layers were always written in it.
    private static void Sort(List<byte[]> names)
    {
        var texts = names.ConvertAll(name => FileNameEncoding.Decode(name.AsSpan(0, name.Length - 1))).ToArray();
        var sorted = names.ToArray();
        Array.Sort(texts, sorted, StringComparer.Ordinal);
        names.Clear();
        names.AddRange(sorted);
    }

    private static string JoinPath(string parent, byte[] name)
    {
        var text = FileNameEncoding.Decode(name.AsSpan(0, name.Length - 1));
        return parent.Length == 0 ? text : parent + "/" + text;
    }

    /// <summary>Writes one entry; true when it is a directory that was entered.</summary>
    private bool WriteChild(LinuxTreeWalk walk, string parent, string path)
    {
        var (directory, name) = (walk.Parent, walk.Name);
        if (name.AsSpan().StartsWith(".wh."u8))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Making a layer: the name of '{path}' would mean a removed file, as names in a layer do that start with '.wh.'.")
            {
                Subject = path,
                Advice = "Give the file another name.",
            };
        }

        RequireNameable(path);
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
            WriteDirectory(walk, path, status);
            return true;
        }
        else if (status.Type != LinuxFileStatus.Socket && !TryWriteHardLink(path, status))
        {
            WriteLeaf(directory, name, path, status);
        }

        return false;
    }

    /// <summary>Programs can make directories so deep that nobody, and no extraction either, can name what is in them.</summary>
    private static void RequireNameable(string path)
    {
        if (path.Length >= TarFormat.MaximumPath)
        {
            var begin = path[..80] + "…";
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Making a layer: the path '{begin}' has more than {TarFormat.MaximumPath} characters.")
            {
                Subject = begin,
                Advice = "Make flatter directories, or remove them in the same step.",
            };
        }
    }

    private void WriteDirectory(LinuxTreeWalk walk, string path, in LinuxFileStatus status)
    {
        var attributes = ReadAttributes(walk.Parent, walk.Name, path, out var isOpaque);
        writer.WriteEntry(Describe(path, TarEntryType.Directory, status) with { ExtendedAttributes = attributes });
        if (isOpaque)
        {
            WriteMark(path, Whiteout.Opaque, status);
        }

        if (!walk.TryEnter())
        {
            throw LinuxFiles.Failure("Opening", path, isWrite: false);
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
            LinuxFileStatus.SymbolicLink => Describe(
                path, TarEntryType.SymbolicLink, status) with { Mode = 0x1FF, LinkTarget = LinuxFiles.ReadLinkEntry(directory, name, path) },
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
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Making a layer: '{path}' was changed on an overlay mount with the feature '{overlayAttribute}', so it is not all there.")
            {
                Subject = path,
                Advice = "Mount the overlay with the options redirect_dir=off,metacopy=off.",
            };
        }
    }
}
