using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>A name in the store and what it points to.</summary>
/// <param name="Reference">The name, with a tag or a digest; null for an image that has lost its name or never had one.</param>
/// <param name="Target">The manifest or index.</param>
/// <param name="Updated">When the name was set to this target.</param>
internal sealed record StoredReference(ImageReference? Reference, Descriptor Target, DateTimeOffset Updated)
{
    /// <summary>
    /// The digests by which registries have the image, as pulls and pushes under this name got to know them: <c>repository@digest</c>, in
    /// full.
    /// </summary>
    public IReadOnlyList<string> RegistryDigests { get; init => field = value.ToArray(); } = [];
}
