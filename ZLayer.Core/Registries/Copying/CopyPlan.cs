using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>What a copy would do.</summary>
public sealed record CopyPlan
{
    /// <summary>Where the image comes from.</summary>
    public required ImageReference Source { get; init; }

    /// <summary>Where it would go.</summary>
    public required ImageReference Destination { get; init; }

    /// <summary>The digest of the manifest or index.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Manifests and indexes that would be put, in order.</summary>
    public required IReadOnlyList<Digest> Manifests { get; init => field = value.ToArray(); }

    /// <summary>Blobs that would be sent.</summary>
    public required IReadOnlyList<Descriptor> Uploads { get; init => field = value.ToArray(); }

    /// <summary>Blobs that the registry would be asked to take over from its other repository.</summary>
    public required IReadOnlyList<Descriptor> Mounts { get; init => field = value.ToArray(); }

    /// <summary>Bytes that would be sent.</summary>
    public long Bytes => Uploads.Sum(blob => blob.Size);

    /// <summary>One line: what would move.</summary>
    public override string ToString()
        => $"{Source} -> {Destination}: {Manifests.Count} manifests, {Uploads.Count} blobs to send ({Bytes} bytes), {Mounts.Count} to mount";
}
