using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>A blob's file, as a survey of a store finds it.</summary>
/// <param name="Key">The beginning of the digest; see <see cref="DigestMarks"/>.</param>
/// <param name="Digest">The digest.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="LastUsed">When the blob was written, found present by a writer, or protected by a lease.</param>
internal readonly record struct BlobFile(ulong Key, Digest Digest, long Size, DateTimeOffset LastUsed)
{
    /// <summary>Describes a file; its <see cref="Size"/> is negative when it was deleted meanwhile, or is no blob's.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="algorithm">What digests there begin with.</param>
    /// <param name="name">The hexadecimal part.</param>
    public static BlobFile Read(StampReader files, string algorithm, ReadOnlySpan<char> name)
    {
        if (!DigestMarks.TryKeyOf(name, out var key) || !files.TryRead(name, out var stamp))
        {
            return new BlobFile(0, default, -1, default);
        }

        return Digest.TryParse($"{algorithm}:{name}", out var digest)
            ? new BlobFile(key, digest, stamp.Size, stamp.ModifiedTime)
            : new BlobFile(0, default, -1, default);
    }
}
