using ZLayer.Core.Errors;

namespace ZLayer.Core.Images.Archives;

/// <summary>The files of an archive that is unpacked in a directory. Symbolic links that leave it are not followed.</summary>
internal sealed class DirectoryFiles(string directory) : IArchiveFiles
{
    private readonly string _root = Path.GetFullPath(directory);

    public string Subject => directory;

    public IEnumerable<string> TopNames => Directory.EnumerateFileSystemEntries(_root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    public long? GetSize(string path) => new FileInfo(Resolve(path)) is { Exists: true } file ? file.Length : null;

    public Stream Open(string path) => new FileStream(Resolve(path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);

    public void Dispose()
    {
    }

    private string Resolve(string path)
    {
        var full = Path.GetFullPath(Path.Combine(_root, path));
        if (!IsInside(full))
        {
            throw Escapes(path);
        }

        var file = new FileInfo(full);
        if (file.LinkTarget is null)
        {
            return full;
        }

        var target = file.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        return target is not null && IsInside(target) ? target : throw Escapes(path);
    }

    private bool IsInside(string full) => full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private ZLayerException Escapes(string path)
        => new(ZLayerErrorKind.InvalidArchive, $"Cannot read '{path}' of {directory}: it leads out of the directory.") { Subject = directory };
}
