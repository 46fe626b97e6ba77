using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Oci;

/// <summary>
/// An image config: platform, defaults for containers, layer DiffIDs and history (OCI image specification, "Image Configuration").
/// </summary>
public sealed record ImageConfig
{
    /// <summary>When the image was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made the image.</summary>
    public string? Author { get; init; }

    /// <summary>The CPU architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>The variant of the architecture.</summary>
    public string? Variant { get; init; }

    /// <summary>The operating system.</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>The version of the operating system.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features of the operating system that the image needs.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OsFeatures { get; init => field = value?.ToArray(); }

    /// <summary>What a container of this image starts with.</summary>
    public ContainerDefaults? Config { get; init; }

    /// <summary>The DiffIDs of the layers, base first.</summary>
    [JsonPropertyName("rootfs")]
    public required RootFs RootFs { get; init; }

    /// <summary>How the image came about, base first.</summary>
    public IReadOnlyList<HistoryEntry>? History { get; init => field = value?.ToArray(); }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }

    /// <summary>The platform that the image is for.</summary>
    [JsonIgnore]
    public Platform Platform => new()
    {
        Os = Os,
        Architecture = Architecture,
        Variant = Variant,
        OsVersion = OsVersion,
        OsFeatures = OsFeatures,
    };
}

/// <summary>The file system of an image: the DiffIDs of its layers.</summary>
public sealed record RootFs
{
    /// <summary>Always <c>layers</c>.</summary>
    [AllowNull]
    public string Type { get; init => field = value ?? "layers"; } = "layers";

    /// <summary>
    /// The digests of the uncompressed layers, base first. Docker leaves the member out of images without layers, others write null.
    /// </summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<Digest> DiffIds { get; init => field = value?.ToArray() ?? []; } = [];
}

/// <summary>One step in the history of an image.</summary>
public sealed record HistoryEntry
{
    /// <summary>When the step was done.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The instruction.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>Who did it.</summary>
    public string? Author { get; init; }

    /// <summary>A free remark; builders put their name here.</summary>
    public string? Comment { get; init; }

    /// <summary>True when the step made no layer.</summary>
    [JsonPropertyName("empty_layer")]
    public bool EmptyLayer { get; init; }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}
