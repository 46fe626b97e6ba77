using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>A manifest or index as the registry sent it, verified against its digest.</summary>
/// <param name="Bytes">The document, byte for byte.</param>
/// <param name="MediaType">Its media type, without parameters.</param>
/// <param name="Digest">Its digest.</param>
internal sealed record ManifestResponse(ReadOnlyMemory<byte> Bytes, string MediaType, Digest Digest)
{
    /// <summary>The descriptor of the document.</summary>
    public Descriptor Descriptor => new() { MediaType = MediaType, Digest = Digest, Size = Bytes.Length };
}
