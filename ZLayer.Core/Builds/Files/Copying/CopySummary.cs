namespace ZLayer.Core.Builds.Files;

/// <summary>What a COPY or ADD wrote.</summary>
/// <param name="Entries">The entries of the layer, directories included.</param>
/// <param name="Files">The regular files among them.</param>
/// <param name="Bytes">The bytes of content in those files.</param>
/// <param name="NewestTime">The newest modification time in the layer, in whole seconds; the Unix epoch when the layer is empty.</param>
internal sealed record CopySummary(long Entries, long Files, long Bytes, DateTimeOffset NewestTime);
