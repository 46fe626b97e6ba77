namespace ZLayer.Core.Runtimes;

/// <summary>A repository that a search found.</summary>
public sealed record ImageSearchResult
{
    /// <summary>The repository.</summary>
    public required string Name { get; init; }

    /// <summary>What its owner says of it.</summary>
    public string Description { get; init; } = "";

    /// <summary>How many people starred it.</summary>
    public int StarCount { get; init; }

    /// <summary>Whether it is one of the registry's official images.</summary>
    public bool IsOfficial { get; init; }

    /// <summary>Whether the registry builds it from its sources.</summary>
    public bool IsAutomated { get; init; }

    /// <summary>The repository.</summary>
    public override string ToString() => Name;
}
