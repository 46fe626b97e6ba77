using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// The files of an archive that is unpacked in a directory, which strangers may have made: links in it, also those of directories, are
/// followed as long as they stay in it, and only regular files are opened.
/// </summary>
internal sealed class DirectoryFiles : IArchiveFiles
{
    private readonly string _root;
    private readonly int _descriptor = -1;

    public DirectoryFiles(string directory)
    {
        Subject = directory;
        _root = Path.GetFullPath(directory);
        if (OperatingSystem.IsLinux())
        {
            _descriptor = LinuxFiles.OpenDirectory(_root);
            if (_descriptor < 0)
            {
                throw LinuxFiles.Failure("Opening", directory, isWrite: false);
            }
        }
    }

    public string Subject { get; }

    public IEnumerable<string> TopNames
        => Directory.EnumerateFileSystemEntries(_root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    public long? GetSize(string path)
    {
        using var file = TryOpen(path);
        return file is null ? null : RandomAccess.GetLength(file);
    }

    public string Identify(string path)
    {
        using var file = OperatingSystem.IsLinux() ? TryOpen(path) : null;
        return file is not null && LinuxFiles.Status((int)file.DangerousGetHandle()) is { } status
            ? $"{status.FileSystem}:{status.Inode}"
            : path;
    }

    public Stream Open(string path)
        => new FileStream(
            TryOpen(path)
                ?? throw new FileNotFoundException($"Could not find file '{Path.Combine(_root, path)}'."), FileAccess.Read, bufferSize: 0);

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            LinuxFiles.Close(_descriptor);
        }
    }

    private SafeFileHandle? TryOpen(string path)
        => path.Contains('\0', StringComparison.Ordinal) ? null : OperatingSystem.IsLinux() ? OpenBeneath(path) : OpenByPath(path);

    private unsafe SafeFileHandle? OpenBeneath(string path)
    {
        // Whether it is a file is known only when it is open, which must not wait for whoever writes to a pipe.
        int file;
        fixed (byte* start = LinuxFiles.ToName(path))
        {
            file = LinuxFiles.OpenBeneath(_descriptor, start, LinuxFiles.OpenReadOnly | LinuxFiles.OpenNonBlocking, followsLinks: true);
        }

        if (file < 0)
        {
            return SystemCalls.LastError switch
            {
                SystemErrors.NotFound or SystemErrors.NotDirectory => null,
                SystemErrors.OtherDevice or SystemErrors.TooManyLinks => throw Escapes(path),
                _ => throw LinuxFiles.Failure("Opening", Path.Combine(Subject, path), isWrite: false),
            };
        }

        if (LinuxFiles.Status(file) is { Type: LinuxFileStatus.RegularFile })
        {
            return new SafeFileHandle(file, ownsHandle: true);
        }

        LinuxFiles.Close(file);
        throw Invalid(path, "it is not a regular file");
    }

    // Other systems have no such call: each name on the way is looked at before.
    private SafeFileHandle? OpenByPath(string path)
    {
        var full = Path.GetFullPath(Path.Combine(_root, path));
        if (!full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw Escapes(path);
        }

        for (var part = full; part.Length > _root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null)
            {
                throw Escapes(path);
            }
        }

        return File.Exists(full) ? File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete) : null;
    }

    private ZLayerException Escapes(string path) => Invalid(path, "it leads out of the directory");

    private ZLayerException Invalid(string path, string reason)
        => new(ZLayerErrorKind.InvalidArchive, $"Cannot read '{path}' of {Subject}: {reason}.") { Subject = Subject };
}
