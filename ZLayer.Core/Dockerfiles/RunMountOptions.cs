namespace ZLayer.Core.Dockerfiles;

/// <summary>A <c>RUN --mount</c> with final values.</summary>
public sealed record RunMountOptions
{
    /// <summary>What is mounted.</summary>
    public RunMountKind Kind { get; init; }

    /// <summary>The stage, image or named context that the files come from; null for the build context (bind) or nothing (cache).</summary>
    public string? From { get; init; }

    /// <summary>The path inside <see cref="From"/>, or a secret's id; null when absent.</summary>
    public string? Source { get; init; }

    /// <summary>The path in the step; null when absent (the kind has a default).</summary>
    public string? Target { get; init; }

    /// <summary>The id of a cache, secret or SSH agent; null when absent (the kind has a default).</summary>
    public string? Id { get; init; }

    /// <summary>True when the step cannot write to it: the default of bind, secret and ssh.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How steps share a cache.</summary>
    public CacheSharing Sharing { get; init; }

    /// <summary>The limit of a tmpfs in bytes; null or 0 for none.</summary>
    public long? Size { get; init; }

    /// <summary>The permission bits of a cache directory, secret or socket; null for the kind's default (0755, 0400, 0600).</summary>
    public int? Mode { get; init; }

    /// <summary>The owner; null for 0.</summary>
    public uint? Uid { get; init; }

    /// <summary>The group; null for 0.</summary>
    public uint? Gid { get; init; }

    /// <summary>The environment variable that holds a secret; null when the secret is a file only.</summary>
    public string? Env { get; init; }

    /// <summary>True when the step fails if the secret or agent is absent.</summary>
    public bool Required { get; init; }
}
