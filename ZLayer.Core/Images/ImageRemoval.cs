namespace ZLayer.Core.Images;

/// <summary>What removing an image did.</summary>
public sealed record ImageRemoval
{
    /// <summary>The names that were removed.</summary>
    public IReadOnlyList<string> Untagged { get; init => field = value.ToArray(); } = [];

    /// <summary>The digests of the content that was deleted; empty while another name, image, step or running operation needs it.</summary>
    public IReadOnlyList<string> Deleted { get; init => field = value.ToArray(); } = [];

    /// <summary>The bytes that this freed.</summary>
    public long ReclaimedBytes { get; init; }
}
