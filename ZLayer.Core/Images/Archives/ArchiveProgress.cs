namespace ZLayer.Core.Images.Archives;

/// <summary>How far reading or writing an archive is.</summary>
/// <param name="Name">The entry at work.</param>
/// <param name="Current">The bytes of image content done so far.</param>
/// <param name="Total">The bytes of image content in all; null while that is not known.</param>
internal sealed record ArchiveProgress(string Name, long Current, long? Total);
