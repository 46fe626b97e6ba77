using ZLayer.Core.Layers;

namespace ZLayer.Core.Images.Archives;

/// <summary>The files of a tar archive that can be read in any order: its entries are listed once, then read where they are.</summary>
internal sealed class TarFiles : IArchiveFiles
{
    private readonly FileStream _file;
    private readonly TarContents<Section> _contents;

    /// <summary>Lists a plain tar file; the file is closed with this object.</summary>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArchive when it is not a tar file, is cut short, or an entry climbs out or is sparse.
    /// </exception>
    public TarFiles(FileStream file, string subject, CancellationToken cancellationToken)
    {
        _file = file;
        Subject = subject;
        _contents = new TarContents<Section>(subject);
        using var reader = new LayerTarReader(file, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _contents.Add(entry, () => new Section(reader.ContentOffset, entry.Size));
        }
    }

    public string Subject { get; }

    public IEnumerable<string> TopNames => _contents.TopNames;

    public long? GetSize(string path) => _contents.TryGet(path, out var section) ? section.Size : null;

    public string Identify(string path) => _contents.Resolve(path) ?? path;

    public Stream Open(string path)
        => _contents.TryGet(path, out var section)
            ? new FileSection(_file.SafeFileHandle, section.Offset, section.Size)
            : throw new FileNotFoundException($"No entry '{path}'.", path);

    public void Dispose() => _file.Dispose();

    private readonly record struct Section(long Offset, long Size);
}
