using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>What a copy from registry to registry did.</summary>
public sealed record CopyResult
{
    /// <summary>Where the image came from.</summary>
    public required ImageReference Source { get; init; }

    /// <summary>Where the image is now.</summary>
    public required ImageReference Destination { get; init; }

    /// <summary>The digest of the manifest or index, the same at both ends.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The media type of that manifest or index.</summary>
    public required string MediaType { get; init; }

    /// <summary>Manifests and indexes that were put, referrers included.</summary>
    public required int Manifests { get; init; }

    /// <summary>Referrers that the copy includes, whether they had to be sent or not.</summary>
    public required int Referrers { get; init; }

    /// <summary>Blobs that were sent.</summary>
    public required int Uploaded { get; init; }

    /// <summary>Blobs that the registry took over from another of its repositories.</summary>
    public required int Mounted { get; init; }

    /// <summary>
    /// Blobs that the destination had already, as far as it was asked: what a manifest that is there names is not asked for.
    /// </summary>
    public required int Skipped { get; init; }

    /// <summary>Bytes of the blobs that were sent.</summary>
    public required long Bytes { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The destination pinned to the digest.</summary>
    public override string ToString() => Destination.WithDigest(Digest).ToString();
}
