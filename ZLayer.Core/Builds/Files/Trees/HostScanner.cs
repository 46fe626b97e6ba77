using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>Reads directories below one host directory, never through a link: every path is opened beneath the root.</summary>
internal sealed unsafe class HostScanner : IDisposable
{
    private const int ListBufferSize = 32 * 1024;
    private const int MaximumLinkLength = 4096;

    private readonly string _root;
    private readonly string _description;
    private int _descriptor;

    public HostScanner(string root, string description)
    {
        if (!IsSupported)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Reading {description} needs Linux on x64, arm64 or riscv64.")
            {
                Subject = root,
            };
        }

        _root = root;
        _description = description;
        _descriptor = LinuxFiles.OpenDirectory(root);
        if (_descriptor < 0)
        {
            var error = SystemCalls.LastError;
            throw error is SystemErrors.NotFound or SystemErrors.NotDirectory
                ? new ZLayerException(ZLayerErrorKind.PathNotFound, $"Cannot open {description}: {root} is not a directory.")
                {
                    Subject = root,
                }
                : Failure(error, $"Cannot open {description}: {root}", root);
        }
    }

    private static bool IsSupported
        => OperatingSystem.IsLinux()
            && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64;

    /// <summary>Describes the root.</summary>
    public FileNode ReadRoot(IFileTree tree)
        => LinuxFiles.Status(_descriptor) is { } status
            ? MakeNode(tree, "", status, null)
            : throw Failure(SystemCalls.LastError, $"Cannot read {_description}: {_root}", _root);

    /// <summary>Reads the entries of a directory in no order.</summary>
    /// <param name="tree">Who owns the nodes.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="accept">Says of each path, and whether it is a directory, if it is wanted.</param>
    public List<FileNode> Read(IFileTree tree, FileNode directory, Func<string, bool?, bool>? accept)
    {
        var descriptor = Open(directory.Path, LinuxFiles.OpenDirectoryFlag);
        if (descriptor < 0)
        {
            var error = SystemCalls.LastError;
            return error is SystemErrors.NotFound or SystemErrors.NotDirectory or SystemErrors.TooManyLinks
                ? [] // It went away, or became something else, since its parent was read.
                : throw Failure(error, $"Cannot list {Describe(directory.Path)}", directory.Path);
        }

        try
        {
            return ReadEntries(tree, directory, descriptor, accept);
        }
        finally
        {
            LinuxFiles.Close(descriptor);
        }
    }

    /// <summary>Opens the content of a regular file.</summary>
    public HostFileStream OpenRead(FileNode file)
    {
        // Non-blocking: should the file have become a pipe since, opening must not wait for a writer.
        var descriptor = Open(file.Path, LinuxFiles.OpenNonBlocking);
        return descriptor >= 0
            ? new HostFileStream(descriptor, Describe(file.Path))
            : throw Failure(SystemCalls.LastError, $"Cannot open {Describe(file.Path)}", file.Path);
    }

    /// <summary>Reads one extended attribute.</summary>
    /// <returns>Its value; null when there is none, or the file system has none.</returns>
    public byte[]? GetAttribute(FileNode node, string name)
    {
        var descriptor = Open(node.Path, LinuxFiles.OpenNonBlocking);
        if (descriptor < 0)
        {
            return null;
        }

        try
        {
            return GetAttribute(descriptor, name);
        }
        finally
        {
            LinuxFiles.Close(descriptor);
        }
    }

    public string Describe(string path) => $"'{(path.Length == 0 ? "/" : path)}' in {_description}";

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            LinuxFiles.Close(_descriptor);
            _descriptor = -1;
        }
    }

    public static byte[]? GetAttribute(int descriptor, string name)
    {
        const int MaximumAttribute = 65536; // XATTR_SIZE_MAX
        var small = stackalloc byte[256];
        var length = SystemCalls.GetAttribute(descriptor, name, small, 256);
        if (length >= 0)
        {
            return new ReadOnlySpan<byte>(small, (int)length).ToArray();
        }

        if (SystemCalls.LastError != SystemErrors.OutOfRange)
        {
            return null;
        }

        var large = new byte[MaximumAttribute];
        fixed (byte* start = large)
        {
            length = SystemCalls.GetAttribute(descriptor, name, start, MaximumAttribute);
            return length >= 0 ? large[..(int)length] : null;
        }
    }

    private int Open(string path, int flags)
    {
        ObjectDisposedException.ThrowIf(_descriptor < 0, this);
        Span<byte> bytes = stackalloc byte[1024];
        var size = (path.Length * 3) + 2;
        if (size > bytes.Length)
        {
            bytes = new byte[size];
        }

        var length = path.Length == 0 ? 1 : FileNameEncoding.Encode(path, bytes);
        if (path.Length == 0)
        {
            bytes[0] = (byte)'.';
        }

        bytes[length] = 0;
        fixed (byte* start = bytes)
        {
            return LinuxFiles.OpenBeneath(_descriptor, start, flags);
        }
    }

    private List<FileNode> ReadEntries(IFileTree tree, FileNode directory, int descriptor, Func<string, bool?, bool>? accept)
    {
        var nodes = new List<FileNode>();
        var prefix = directory.Path.Length == 0 ? "" : directory.Path + "/";
        var buffer = (byte*)NativeMemory.Alloc(ListBufferSize);
        try
        {
            while (SystemCalls.ReadEntries(descriptor, buffer, ListBufferSize) is var length && length != 0)
            {
                if (length < 0)
                {
                    throw Failure(SystemCalls.LastError, $"Cannot list {Describe(directory.Path)}", directory.Path);
                }

                for (var entry = buffer; entry < buffer + length; entry += *(ushort*)(entry + 16))
                {
                    if (ReadEntry(tree, prefix, descriptor, entry, accept) is { } node)
                    {
                        nodes.Add(node);
                    }
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }

        return nodes;
    }

    // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name with a final zero.
    private FileNode? ReadEntry(IFileTree tree, string prefix, int descriptor, byte* entry, Func<string, bool?, bool>? accept)
    {
        const byte KnownDirectory = 4;
        const byte UnknownType = 0;
        var type = entry[18];
        var nameBytes = entry + 19;
        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(nameBytes);
        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return null;
        }

        var path = JoinPath(prefix, name);
        if (accept is not null && !accept(path, type == UnknownType ? null : type == KnownDirectory))
        {
            return null;
        }

        LinuxFileStatus status;
        if (SystemCalls.StatX(
            descriptor, nameBytes, LinuxFiles.DoNotFollow | LinuxFiles.DoNotSynchronize, LinuxFiles.BasicStatus, &status) != 0)
        {
            var error = SystemCalls.LastError;
            return error == SystemErrors.NotFound ? null : throw Failure(error, $"Cannot read {Describe(path)}", path);
        }

        var target = status.Type == LinuxFileStatus.SymbolicLink ? ReadLink(descriptor, nameBytes, path) : null;
        return MakeNode(tree, path, status, target);
    }

    private static string JoinPath(string prefix, ReadOnlySpan<byte> name)
    {
        if (!Ascii.IsValid(name))
        {
            return prefix + FileNameEncoding.Decode(name);
        }

        fixed (byte* start = name)
        {
            return string.Create(prefix.Length + name.Length, (prefix, (nint)start), static (span, state) =>
            {
                state.prefix.CopyTo(span);
                var rest = span[state.prefix.Length..];
                Ascii.ToUtf16(new ReadOnlySpan<byte>((void*)state.Item2, rest.Length), rest, out _);
            });
        }
    }

    private string ReadLink(int descriptor, byte* name, string path)
    {
        var buffer = stackalloc byte[MaximumLinkLength];
        var length = SystemCalls.ReadLinkAt(descriptor, name, buffer, MaximumLinkLength);
        return length >= 0
            ? FileNameEncoding.Decode(new ReadOnlySpan<byte>(buffer, (int)length))
            : throw Failure(SystemCalls.LastError, $"Cannot read the link {Describe(path)}", path);
    }

    private static FileNode MakeNode(IFileTree tree, string path, in LinuxFileStatus status, string? linkTarget)
    {
        var type = status.Type switch
        {
            LinuxFileStatus.Directory => TarEntryType.Directory,
            LinuxFileStatus.SymbolicLink => TarEntryType.SymbolicLink,
            LinuxFileStatus.CharacterDevice => TarEntryType.CharacterDevice,
            LinuxFileStatus.BlockDevice => TarEntryType.BlockDevice,
            LinuxFileStatus.Fifo => TarEntryType.Fifo,
            _ => TarEntryType.File,
        };
        return new FileNode
        {
            Tree = tree,
            Path = path,
            Type = type,
            IsSocket = status.Type == LinuxFileStatus.Socket,
            Mode = status.Permissions,
            Uid = status.Uid,
            Gid = status.Gid,
            Size = status.IsFile ? (long)status.Size : 0,
            ModifiedNanoseconds = status.ModificationInNanoseconds,
            LinkTarget = linkTarget,
            DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? (int)status.DeviceMajor : 0,
            DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? (int)status.DeviceMinor : 0,
            Identity = new FileIdentity(
                // The major number of the device in the high half.
                BitOperations.RotateLeft(status.FileSystem, 32), status.Inode, status.ChangeInNanoseconds,
                type == TarEntryType.Directory ? 1 : status.LinkCount),
        };
    }

    private static ZLayerException Failure(int error, string what, string subject)
        => SystemErrors.IsDenied(error)
            ? new ZLayerException(ZLayerErrorKind.AccessDenied, $"{what}: access is denied.")
            {
                Subject = subject,
                Advice = "Exclude it with .dockerignore, or let the user who builds read it.",
            }
            : SystemErrors.ToException(what, subject, error, isWrite: false);
}
