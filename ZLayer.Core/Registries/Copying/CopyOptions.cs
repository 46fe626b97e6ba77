using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>How an image is copied from registry to registry.</summary>
public sealed record CopyOptions
{
    /// <summary>Copies only this platform of an index; null copies the index as it is, every platform by digest.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Also copies what refers to the image: signatures, SBOMs, attestations, and what refers to these.</summary>
    public bool IncludeReferrers { get; init; }
}
