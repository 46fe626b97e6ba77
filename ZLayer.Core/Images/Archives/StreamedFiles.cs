using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// The files of a tar archive that comes as a stream and has its index at the end. Large files go straight into the content store, under
/// the digest that they turn out to have, so that a layer is written once; small ones are kept in memory.
/// </summary>
internal sealed class StreamedFiles : IArchiveFiles
{
    private const int MostSmallSize = 64 * 1024;
    private const int MostSmallTotal = 32 * 1024 * 1024;

    private readonly ContentStore _content;
    private readonly TarContents<Place> _contents;
    private long _inMemory;

    private StreamedFiles(ContentStore content, string subject)
    {
        _content = content;
        _contents = new TarContents<Place>(subject);
        Subject = subject;
    }

    public string Subject { get; }

    public IEnumerable<string> TopNames => _contents.TopNames;

    /// <summary>Reads a plain tar to its end.</summary>
    /// <param name="plain">The archive; it stays open.</param>
    /// <param name="subject">What it is, for errors.</param>
    /// <param name="content">Where large files go.</param>
    /// <param name="added">Is told what went into the store, also when reading fails.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArchive when it is not a tar, is cut short, or an entry climbs out or is sparse; StorageFull, StorageWriteFailed.
    /// </exception>
    public static StreamedFiles Read(
        Stream plain, string subject, ContentStore content, HashSet<Digest> added, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        var files = new StreamedFiles(content, subject);
        using var reader = new LayerTarReader(plain, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            files._contents.Add(entry, () => files.Keep(entry, reader.Content, added, progress, cancellationToken));
        }

        return files;
    }

    public long? GetSize(string path) => _contents.TryGet(path, out var place) ? place.Size : null;

    public string Identify(string path) => _contents.Resolve(path) ?? path;

    public Stream Open(string path)
    {
        if (!_contents.TryGet(path, out var place))
        {
            throw new FileNotFoundException($"No entry '{path}'.", path);
        }

        return place.Bytes is { } bytes ? new MemoryStream(bytes, writable: false) : _content.OpenRead(place.Digest);
    }

    public void Dispose()
    {
    }

    private Place Keep(
        TarEntry entry, Stream source, HashSet<Digest> added, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        if (entry.Size <= MostSmallSize && _inMemory + entry.Size <= MostSmallTotal)
        {
            var bytes = new byte[entry.Size];
            source.ReadExactly(bytes);
            _inMemory += bytes.Length;
            return new Place(bytes, default, bytes.Length);
        }

        var done = 0L;
        progress?.Report(new ArchiveProgress(entry.Path, 0, entry.Size));
        using var writer = _content.Create(ContentDurability.Deferred);
        StreamCopy.Copy(
            source, writer, cancellationToken, count => progress?.Report(new ArchiveProgress(entry.Path, done += count, entry.Size)));
        var digest = writer.Commit(expectedSize: entry.Size);
        added.Add(digest);
        return new Place(null, digest, entry.Size);
    }

    private readonly record struct Place(byte[]? Bytes, Digest Digest, long Size);
}
