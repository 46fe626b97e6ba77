using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Makes files of an archive from a container on a machine that is no Linux. No entry is made below a symbolic link, and files are made
/// anew rather than written into. Hard links become copies; devices and pipes, which only Linux could use, are refused.
/// </summary>
internal sealed class PortableExtraction : IHostExtraction
{
    private readonly string _root;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal) { "" };
    private readonly List<(string Path, TarEntry Entry)> _directories = [];

    public PortableExtraction(string root, bool keepOwners)
    {
        _root = root;
        if (keepOwners)
        {
            throw NoOwners();
        }
    }

    /// <inheritdoc/>
    public void Extract(TarEntry entry, Stream content, CancellationToken cancellationToken)
    {
        try
        {
            Make(entry, OnHost(entry.Path), content);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Creating '{OnHost(entry.Path)}'", OnHost(entry.Path), e, isWrite: true);
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        foreach (var (path, entry) in Enumerable.Reverse(_directories))
        {
            SetMode(path, entry);
            Directory.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
        }
    }

    public void Dispose()
    {
    }

    internal static ZLayerException NoOwners()
        => new(ZLayerErrorKind.OperationNotSupported, "Keeping the owners of copied files: this platform has no numeric owners.")
        {
            Advice = "Copy without keeping owners.",
        };

    private void Make(TarEntry entry, string path, Stream content)
    {
        RequireParents(entry.Path);
        switch (entry.Type)
        {
            case TarEntryType.Directory:
                MakeDirectory(entry, path);
                return;
            case TarEntryType.File:
                MakeFile(path, content);
                break;
            case TarEntryType.SymbolicLink:
                MakeWay(path);
                File.CreateSymbolicLink(path, entry.LinkTarget!);
                return;
            case TarEntryType.HardLink:
                RequireParents(entry.LinkTarget!);
                MakeWay(path);
                File.Copy(RequireFile(entry), path);
                break;
            default:
                throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Creating '{path}': this platform has no {entry.Type}.")
                {
                    Subject = path,
                };
        }

        SetMode(path, entry);
        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
    }

    /// <summary>Writes a file under another name until it is whole.</summary>
    private static void MakeFile(string path, Stream content)
    {
        RequireNoDirectory(path);
        AtomicFile.Write(path, file => content.CopyTo(file, 256 * 1024));
    }

    private void MakeDirectory(TarEntry entry, string path)
    {
        if (IsLink(path) || File.Exists(path))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"A directory cannot replace '{path}', which is none.")
            {
                Subject = path,
            };
        }

        Directory.CreateDirectory(path);
        _known.Add(entry.Path);
        _directories.Add((path, entry));
    }

    private static void MakeWay(string path)
    {
        RequireNoDirectory(path);
        File.Delete(path);
    }

    private static void RequireNoDirectory(string path)
    {
        if (Directory.Exists(path) && !IsLink(path))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"The directory '{path}' cannot be replaced by something else.")
            {
                Subject = path,
            };
        }
    }

    /// <summary>A directory that was seen to be one stays one: nothing here replaces it.</summary>
    private void RequireParents(string entryPath)
    {
        var parent = entryPath[..Math.Max(0, entryPath.LastIndexOf('/'))];
        if (!_known.Contains(parent))
        {
            RequireParents(parent);
            if (IsLink(OnHost(parent)) || File.Exists(OnHost(parent)))
            {
                throw LayerExtractor.Invalid(entryPath, $"it lies below '{parent}', which is not a directory");
            }

            Directory.CreateDirectory(OnHost(parent));
            _known.Add(parent);
        }
    }

    private string RequireFile(TarEntry entry)
    {
        var target = OnHost(entry.LinkTarget!);
        return !IsLink(target) && File.Exists(target)
            ? target
            : throw LayerExtractor.Invalid(entry.Path, $"it is a hard link to '{entry.LinkTarget}', which was not copied before it");
    }

    private string OnHost(string entryPath)
    {
        // On Windows a name may hold what is a separator, a drive or a stream there.
        return OperatingSystem.IsWindows() && entryPath.AsSpan().ContainsAny("\\:")
            ? throw LayerExtractor.Invalid(entryPath, "this platform has no such names")
            : CopyPath.Join(_root, OperatingSystem.IsWindows() ? entryPath.Replace('/', '\\') : entryPath);
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static void SetMode(string path, TarEntry entry)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)(entry.Mode & 0xFFF));
        }
    }
}
