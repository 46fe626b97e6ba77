using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>What a push did.</summary>
public sealed record PushResult
{
    /// <summary>Where the image is now.</summary>
    public required ImageReference Destination { get; init; }

    /// <summary>The digest of the manifest or index at the destination.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The media type of that manifest or index.</summary>
    public required string MediaType { get; init; }

    /// <summary>Blobs that were sent.</summary>
    public required int Uploaded { get; init; }

    /// <summary>Blobs that the registry took over from another of its repositories.</summary>
    public required int Mounted { get; init; }

    /// <summary>Blobs that the repository had already.</summary>
    public required int Skipped { get; init; }

    /// <summary>Bytes of the blobs that were sent.</summary>
    public required long Bytes { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The destination pinned to the digest.</summary>
    public override string ToString() => Destination.WithDigest(Digest).ToString();
}
