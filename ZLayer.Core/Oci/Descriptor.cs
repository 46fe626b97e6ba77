using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Oci;

/// <summary>Names a piece of content by type, digest and size (OCI image specification, "Content Descriptors").</summary>
public sealed record Descriptor
{
    /// <summary>The media type of the content.</summary>
    public required string MediaType { get; init; }

    /// <summary>The digest of the content.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The size of the content in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long Size { get; init; }

    /// <summary>Where the content may be downloaded from, for foreign layers; kept as it came.</summary>
    public IReadOnlyList<string>? Urls { get; init => field = value?.ToArray(); }

    /// <summary>Annotations by key.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The platform that the content is for; only in index entries.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The type of an artifact.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The content itself, embedded, base64 in JSON.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }

    /// <summary>The text that this was read from, for layers that are written back as they came.</summary>
    [JsonIgnore]
    internal RawJson? Raw { get; init; }

    /// <summary>True when registries may not be given this layer: a foreign media type, or urls to fetch it from.</summary>
    [JsonIgnore]
    public bool IsForeign => MediaTypes.IsForeign(MediaType) || Urls is { Count: > 0 };

    /// <summary>True for an entry of an index that is no image but says something about one, such as BuildKit's provenance.</summary>
    [JsonIgnore]
    public bool IsAttestation => IsAttestationOf(Annotations, Platform);

    /// <summary>Whether an entry with these annotations and this platform says something about an image.</summary>
    internal static bool IsAttestationOf(IReadOnlyDictionary<string, string>? annotations, Platform? platform)
        => annotations?.ContainsKey("vnd.docker.reference.type") == true || platform is { Os: "unknown", Architecture: "unknown" };

    /// <summary>The digest's text.</summary>
    public override string ToString() => Digest.ToString();
}
