namespace ZLayer.Core.Storage;

/// <summary>Something was removed, or would be.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">A name, digest or id.</param>
/// <param name="Bytes">The bytes that this freed.</param>
public sealed record PruneProgress(StorageKind Kind, string Name, long Bytes);
