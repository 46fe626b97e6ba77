using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// The files of a tar archive: its entries are listed once, then read where they are. Links stay inside of the archive: they name other entries.
/// </summary>
internal sealed class TarFiles : IArchiveFiles
{
    private const int MostLinks = 40;

    private readonly FileStream _file;
    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _top = new(StringComparer.Ordinal);

    /// <summary>Lists a plain tar file; the file is closed with this object.</summary>
    /// <exception cref="ZLayerException">InvalidArchive when it is not a tar file, is cut short, or an entry climbs out.</exception>
    public TarFiles(FileStream file, string subject, CancellationToken cancellationToken)
    {
        _file = file;
        Subject = subject;
        using var reader = new LayerTarReader(file, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(entry, reader.ContentOffset);
        }
    }

    public string Subject { get; }

    public IEnumerable<string> TopNames => _top;

    public long? GetSize(string path) => Resolve(path) is { } name ? _files[name].Size : null;

    public Stream Open(string path)
    {
        var name = Resolve(path) ?? throw new FileNotFoundException($"No entry '{path}'.", path);
        var (offset, size) = _files[name];
        return new FileSection(_file.SafeFileHandle, offset, size);
    }

    public void Dispose() => _file.Dispose();

    // A later entry of the same name replaces the earlier one, as when the archive is unpacked.
    private void Add(TarEntry entry, long offset)
    {
        _top.Add(entry.Path.Split('/')[0]);
        _files.Remove(entry.Path);
        _links.Remove(entry.Path);
        switch (entry.Type)
        {
            case TarEntryType.File:
                _files[entry.Path] = (offset, entry.Size);
                break;
            case TarEntryType.HardLink:
                _links[entry.Path] = entry.LinkTarget ?? "";
                break;
            case TarEntryType.SymbolicLink:
                _links[entry.Path] = Combine(entry.Path, entry.LinkTarget ?? "");
                break;
        }
    }

    private string Combine(string path, string target)
    {
        var parts = new List<string>(target.StartsWith('/') ? [] : path.Split('/')[..^1]);
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    throw new ZLayerException(
                        ZLayerErrorKind.InvalidArchive, $"Cannot read {Subject}: the link '{path}' leads out of the archive, to '{target}'.")
                    { Subject = Subject };
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private string? Resolve(string path)
    {
        for (var links = 0; links < MostLinks; links++)
        {
            if (_files.ContainsKey(path))
            {
                return path;
            }

            if (!_links.TryGetValue(path, out var target))
            {
                return null;
            }

            path = target;
        }

        throw new ZLayerException(ZLayerErrorKind.InvalidArchive, $"Cannot read {Subject}: the links at '{path}' go round in circles.")
        {
            Subject = Subject,
        };
    }
}
