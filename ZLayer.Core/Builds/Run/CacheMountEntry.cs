namespace ZLayer.Core.Builds.Run;

/// <summary>One directory of a cache mount.</summary>
/// <param name="Id">The cache's id.</param>
/// <param name="Path">Where it is kept.</param>
/// <param name="Size">The bytes of its files.</param>
/// <param name="LastUsed">When a step last took it.</param>
public sealed record CacheMountEntry(string Id, string Path, long Size, DateTimeOffset LastUsed);
