using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>Something that the build cache of a data root keeps.</summary>
public sealed record BuildCacheEntry
{
    /// <summary>What names it in its data root.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required BuildCacheType Type { get; init; }

    /// <summary>The bytes that it takes. What a step shares with images counts here too.</summary>
    public required long Size { get; init; }

    /// <summary>When it was made; null where that is not kept.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When a build last used it.</summary>
    public required DateTimeOffset LastUsed { get; init; }

    /// <summary>Whether something that runs now needs it, such as a build: then it cannot be removed, or its content stays.</summary>
    public bool InUse { get; init; }

    /// <summary>Whether an image has its layers too: then removing it frees no space.</summary>
    public bool IsShared { get; init; }

    /// <summary>The instruction of a step, the id of a cache mount, what else it is.</summary>
    public string Description { get; init; } = "";

    /// <summary>The DiffIDs of the layers of a step.</summary>
    public IReadOnlyList<Digest> Layers { get; init => field = value.ToArray(); } = [];

    /// <summary>The data root that holds it.</summary>
    public required string Root { get; init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}

/// <summary>What an entry of the build cache is.</summary>
public enum BuildCacheType
{
    /// <summary>The result of a step of a build: its layers.</summary>
    Step,
    /// <summary>The directory of a cache mount (<c>RUN --mount=type=cache</c>).</summary>
    Mount,
    /// <summary>What is kept of a source: a download, a git repository, the digests of the files of a context.</summary>
    Source,
}
