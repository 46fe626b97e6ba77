namespace ZLayer.Core.Registries.Artifacts;

/// <summary>What an artifact is made of.</summary>
public sealed record ArtifactContent
{
    /// <summary>What it is, as a media type: <c>application/spdx+json</c>.</summary>
    public required string ArtifactType { get; init; }

    /// <summary>Its files, in order; none makes an artifact of annotations alone.</summary>
    public IReadOnlyList<ArtifactFile> Files { get; init => field = value.ToArray(); } = [];

    /// <summary>Its annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
