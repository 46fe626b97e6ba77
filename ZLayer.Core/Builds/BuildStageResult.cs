using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds;

/// <summary>What became of one stage.</summary>
/// <param name="Name">Its name, or its index as text.</param>
/// <param name="Platform">The platform it was built for.</param>
/// <param name="CacheHits">Steps taken from the cache.</param>
/// <param name="CacheableSteps">Steps that make layers.</param>
/// <param name="Duration">From its first to its last step.</param>
public sealed record BuildStageResult(string Name, Platform Platform, int CacheHits, int CacheableSteps, TimeSpan Duration);
