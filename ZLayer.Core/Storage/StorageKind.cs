namespace ZLayer.Core.Storage;

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
