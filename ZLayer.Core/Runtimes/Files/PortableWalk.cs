using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Writes files of a machine that is no Linux to an archive for a container: files, directories and symbolic links.</summary>
internal sealed class PortableWalk
{
    /// <summary>What Docker gives files of Windows, which have no such bits: everybody may run them, their owner may write.</summary>
    private const int WindowsMode = 0x1ED;

    private readonly LayerTarWriter _writer;
    private readonly CancellationToken _cancellationToken;

    public PortableWalk(LayerTarWriter writer, bool keepOwners, CancellationToken cancellationToken)
    {
        _writer = writer;
        _cancellationToken = cancellationToken;
        if (keepOwners)
        {
            throw PortableExtraction.NoOwners();
        }
    }

    /// <inheritdoc cref="HostWalk.Write"/>
    public void Write(string path, string entryPath)
    {
        try
        {
            if (entryPath.Length > 0)
            {
                WriteNode(path, entryPath);
            }
            else
            {
                WriteContents(path, entryPath);
            }
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Copying '{path}'", path, e, isWrite: false);
        }
    }

    private void WriteNode(string path, string entryPath)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (info.LinkTarget is { } target)
        {
            _writer.WriteEntry(Describe(info, entryPath, TarEntryType.SymbolicLink) with { LinkTarget = target.Replace('\\', '/') });
        }
        else if (info is DirectoryInfo)
        {
            _writer.WriteEntry(Describe(info, entryPath, TarEntryType.Directory));
            WriteContents(path, entryPath);
        }
        else if (info.Exists && (info.Attributes & FileAttributes.Device) == 0)
        {
            using var content = new FileStream(
                path, System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _writer.WriteFile(Describe(info, entryPath, TarEntryType.File) with { Size = content.Length }, content);
        }
    }

    private void WriteContents(string path, string entryPath)
    {
        foreach (var child in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(child);
            WriteNode(child, entryPath.Length == 0 ? name : entryPath + "/" + name);
        }
    }

    private static TarEntry Describe(FileSystemInfo info, string entryPath, TarEntryType type) => new()
    {
        Path = entryPath,
        Type = type,
        Mode = OperatingSystem.IsWindows() ? WindowsMode : (int)info.UnixFileMode,
        ModificationTime = info.LastWriteTimeUtc,
    };
}
