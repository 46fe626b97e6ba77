using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>One blob of the content store.</summary>
/// <param name="Digest">The digest of the content.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="LastUsed">When the blob was written, found present by a writer, or protected by a lease.</param>
internal sealed record ContentEntry(Digest Digest, long Size, DateTimeOffset LastUsed);
