using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Writes files of this machine to an archive for a container: links as links, hard links within what is copied as such, sockets left out,
/// of the extended attributes the file capabilities. Linux; names are bytes.
/// </summary>
internal sealed unsafe class HostWalk(LayerTarWriter writer, bool keepOwners, CancellationToken cancellationToken)
{
    private const string Capability = "security.capability";
    private const int ExecuteBits = 0x49;

    private readonly Dictionary<(ulong FileSystem, ulong Inode), string> _linked = [];

    /// <summary>Writes a file or directory.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="entryPath">Its path in the archive; empty writes what is in the directory without the directory itself.</param>
    public void Write(string path, string entryPath)
    {
        var name = LinuxFiles.ToName(path);
        if (entryPath.Length == 0 || WriteNode(LinuxFiles.CurrentDirectory, name, path, entryPath))
        {
            var directory = LinuxFiles.OpenEntry(LinuxFiles.CurrentDirectory, name, path, LinuxFiles.OpenDirectoryFlag);
            try
            {
                WriteContents(directory, path, entryPath);
            }
            finally
            {
                LinuxFiles.Close(directory);
            }
        }
    }

    private void WriteContents(int directory, string path, string entryPath)
    {
        using var walk = new LinuxTreeWalk(
            directory, path, staysOnMount: false, static names => names.Sort(
                static (left, right) => left.AsSpan().SequenceCompareTo(right)));
        var parents = new Stack<(string Path, string EntryPath)>([(path, entryPath)]);
        while (walk.MoveNext())
        {
            if (walk.IsLeaving)
            {
                parents.Pop();
                continue;
            }

            var parent = parents.Peek();
            var text = FileNameEncoding.Decode(walk.Name.AsSpan(0, walk.Name.Length - 1));
            var child = (Path: CopyPath.Join(parent.Path, text), EntryPath: parent.EntryPath.Length == 0
                ? text
                : parent.EntryPath + "/" + text);
            if (WriteNode(walk.Parent, walk.Name, child.Path, child.EntryPath))
            {
                if (!walk.TryEnter())
                {
                    throw LinuxFiles.Failure("Opening", child.Path, isWrite: false);
                }

                parents.Push(child);
            }
        }
    }

    /// <summary>Writes one entry; true when it is a directory, whose contents come next.</summary>
    private bool WriteNode(int directory, byte[] name, string path, string entryPath)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequireNameable(path, entryPath);
        var status = Status(directory, name, path);
        switch (status.Type)
        {
            case LinuxFileStatus.Directory:
                writer.WriteEntry(Describe(entryPath, TarEntryType.Directory, status));
                return true;
            case LinuxFileStatus.Socket:
                return false;
            default:
                if (status.LinkCount < 2 || !TryWriteHardLink(entryPath, status))
                {
                    WriteLeaf(directory, name, path, entryPath, status);
                }

                return false;
        }
    }

    /// <summary>No container could open a path that is longer.</summary>
    private static void RequireNameable(string path, string entryPath)
    {
        if (entryPath.Length >= TarFormat.MaximumPath)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Copying '{path[..80]}…': its path has more than {TarFormat.MaximumPath} characters.")
            {
                Subject = path[..80],
                Advice = "Copy a directory further down, or make flatter ones.",
            };
        }
    }

    private bool TryWriteHardLink(string entryPath, in LinuxFileStatus status)
    {
        if (_linked.TryAdd((status.FileSystem, status.Inode), entryPath))
        {
            return false;
        }

        writer.WriteEntry(
            Describe(entryPath, TarEntryType.HardLink, status) with { LinkTarget = _linked[(status.FileSystem, status.Inode)] });
        return true;
    }

    private void WriteLeaf(int directory, byte[] name, string path, string entryPath, in LinuxFileStatus status)
    {
        if (status.Type == LinuxFileStatus.RegularFile)
        {
            using var content = new DescriptorStream(LinuxFiles.OpenEntry(directory, name, path, 0), path);
            var current = LinuxFiles.Status(content.Descriptor) ?? throw LinuxFiles.Failure("Reading", path, isWrite: false);
            writer.WriteFile(
                Describe(
                    entryPath, TarEntryType.File, current) with { Size = (long)current.Size, ExtendedAttributes = Capabilities(
                        directory, name, path, current) }, content);
            return;
        }

        writer.WriteEntry(status.Type switch
        {
            LinuxFileStatus.SymbolicLink => Describe(
                entryPath, TarEntryType.SymbolicLink, status) with { Mode = 0x1FF, LinkTarget = LinuxFiles.ReadLinkEntry(directory, name, path) },
            LinuxFileStatus.CharacterDevice => DescribeDevice(entryPath, TarEntryType.CharacterDevice, status),
            LinuxFileStatus.BlockDevice => DescribeDevice(entryPath, TarEntryType.BlockDevice, status),
            _ => Describe(entryPath, TarEntryType.Fifo, status),
        });
    }

    private TarEntry Describe(string entryPath, TarEntryType type, in LinuxFileStatus status) => new()
    {
        Path = entryPath,
        Type = type,
        Mode = status.Permissions,
        Uid = keepOwners ? status.Uid : 0,
        Gid = keepOwners ? status.Gid : 0,
        ModificationTime = status.ModificationTime,
    };

    private TarEntry DescribeDevice(string entryPath, TarEntryType type, in LinuxFileStatus status)
        => Describe(entryPath, type, status) with { DeviceMajor = (int)status.DeviceMajor, DeviceMinor = (int)status.DeviceMinor };

    /// <summary>Only a program can have capabilities: asking for those of every file would cost a call each.</summary>
    private static Dictionary<string, byte[]>? Capabilities(int directory, byte[] name, string path, in LinuxFileStatus status)
        => (status.Mode & ExecuteBits) == 0 ? null
            : (directory == LinuxFiles.CurrentDirectory
                ? ExtendedAttributes.Read(path)
                : ExtendedAttributes.Read(directory, name, path)).TryGetValue(Capability, out var value)
                ? new Dictionary<string, byte[]>(StringComparer.Ordinal) { [Capability] = value }
                : null;

    private static LinuxFileStatus Status(int directory, byte[] name, string path)
    {
        fixed (byte* start = name)
        {
            return LinuxFiles.Status(directory, start)
                ?? throw (SystemCalls.LastError == SystemErrors.NotFound
                    ? ContainerCopy.Missing(path)
                    : LinuxFiles.Failure("Reading", path, isWrite: false));
        }
    }
}
