using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>One step in the history of an image.</summary>
public sealed record ImageHistoryEntry
{
    /// <summary>The image id, for the last step; null for the steps before, which are no images.</summary>
    public Digest? Id { get; init; }

    /// <summary>When the step was done.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The instruction.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>The bytes of the layer that the step made, as it is stored; 0 when it made none.</summary>
    public long Size { get; init; }

    /// <summary>A free remark.</summary>
    public string? Comment { get; init; }

    /// <summary>True when the step made no layer.</summary>
    public bool EmptyLayer { get; init; }

    /// <summary>The layer that the step made; null when it made none.</summary>
    public Digest? DiffId { get; init; }

    /// <summary>The names of the image, for the last step.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value.ToArray(); } = [];
}
