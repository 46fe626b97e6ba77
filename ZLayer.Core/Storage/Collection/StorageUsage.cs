namespace ZLayer.Core.Storage;

/// <summary>How much of a data root one kind of content takes.</summary>
public sealed record StorageUsage
{
    /// <summary>The kind.</summary>
    public required StorageKind Kind { get; init; }

    /// <summary>How many there are: images, containers, extracted layers, step records with cache mounts.</summary>
    public required int Total { get; init; }

    /// <summary>How many of them are in use: by containers, images or running operations.</summary>
    public required int Active { get; init; }

    /// <summary>The bytes that they take.</summary>
    public required long Size { get; init; }

    /// <summary>The bytes that pruning everything unused of this kind would free.</summary>
    public required long Reclaimable { get; init; }
}

/// <summary>What takes space in a data root.</summary>
public enum StorageKind
{
    /// <summary>Manifests, configs and layer blobs.</summary>
    Image,
    /// <summary>Containers with their writable directories.</summary>
    Container,
    /// <summary>Extracted layers.</summary>
    Layer,
    /// <summary>Step cache records with the layers that only they need, cache mounts, compressed pieces.</summary>
    BuildCache,
}
