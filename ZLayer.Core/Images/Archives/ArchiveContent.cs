using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>The blobs of an archive, each once: documents by their bytes, layers by where the store has them.</summary>
internal sealed class ArchiveContent
{
    private readonly SortedDictionary<string, (Digest Digest, long Size, byte[]? Document)> _blobs = new(StringComparer.Ordinal);

    /// <summary>The paths of all blobs in ordinal order.</summary>
    public IEnumerable<(string Path, Digest Digest, long Size, byte[]? Document)> Blobs
        => _blobs.Select(blob => (blob.Key, blob.Value.Digest, blob.Value.Size, blob.Value.Document));

    /// <summary>The bytes of all blobs.</summary>
    public long TotalSize => _blobs.Values.Sum(blob => blob.Size);

    /// <summary>Where a blob is in an image layout.</summary>
    public static string PathOf(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    /// <summary>Adds a manifest, index or config.</summary>
    public void AddDocument(byte[] document, Digest digest) => _blobs.TryAdd(PathOf(digest), (digest, document.Length, document));

    /// <summary>Adds a blob of the store.</summary>
    public void AddBlob(Descriptor blob) => _blobs.TryAdd(PathOf(blob.Digest), (blob.Digest, blob.Size, null));
}
