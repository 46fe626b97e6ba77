using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds;

/// <summary>Describes a build backend.</summary>
public sealed record BuilderInfo
{
    /// <summary>Its name: <c>native</c>.</summary>
    public required string Name { get; init; }

    /// <summary>True for the one that builds when none is named.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Whether it can build here and now.</summary>
    public bool IsAvailable { get; init; }

    /// <summary>Why it cannot, or what it cannot do.</summary>
    public string? Reason { get; init; }

    /// <summary>The platforms whose RUN steps it can execute.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = value.ToArray(); } = [];

    /// <summary>What it offers, as short words: <c>run</c>, <c>cache-mounts</c>, <c>rootless</c>, …</summary>
    public IReadOnlyList<string> Features { get; init => field = value.ToArray(); } = [];

    /// <summary>Its version.</summary>
    public string Version { get; init; } = "";

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
