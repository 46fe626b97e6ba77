namespace ZLayer.Core.Images;

/// <summary>How images are removed.</summary>
public sealed record ImageRemovalOptions
{
    /// <summary>Also removes an image that a container uses, or by its id one that has names in several repositories.</summary>
    public bool Force { get; init; }

    /// <summary>Keeps the content until the next collection.</summary>
    public bool NoPrune { get; init; }
}
