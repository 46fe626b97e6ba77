namespace ZLayer.Core.Dockerfiles;

/// <summary>What <c># check=skip=…;experimental=…;error=…</c> says.</summary>
public sealed record DockerfileCheckOptions
{
    /// <summary>The options of a file that says nothing.</summary>
    public static DockerfileCheckOptions Default { get; } = new();

    /// <summary>True for <c>skip=all</c>.</summary>
    public bool SkipAll { get; init; }

    /// <summary>The names of rules that do not warn.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>True for <c>experimental=all</c>.</summary>
    public bool ExperimentalAll { get; init; }

    /// <summary>The names of experimental rules that do warn.</summary>
    public IReadOnlyList<string> Experimental { get; init; } = [];

    /// <summary>True when a warning fails the build.</summary>
    public bool ErrorOnWarning { get; init; }
}
