using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.ManifestLists;

/// <summary>An image that becomes an entry of a manifest list.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Source">The repository that holds the image where the store does not; null otherwise.</param>
internal sealed record ManifestAddition(Descriptor Entry, string? Source);
