namespace ZLayer.Core.Storage;

/// <summary>What images of one data root are made of, for those who bring images in or carry them out.</summary>
/// <param name="Content">The blobs.</param>
/// <param name="References">The names.</param>
/// <param name="Layers">The layers.</param>
/// <param name="Leases">What protects content that is being used.</param>
internal sealed record StoreParts(ContentStore Content, ReferenceStore References, LayerStore Layers, LeaseStore Leases);
