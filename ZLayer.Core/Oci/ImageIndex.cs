using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Oci;

/// <summary>An image index: manifests for several platforms (OCI image specification, "Image Index").</summary>
internal sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; } = 2;

    /// <summary>The media type of this document.</summary>
    public string? MediaType { get; init; }

    /// <summary>The type of an artifact.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The manifests, in order of preference.</summary>
    public required IReadOnlyList<Descriptor> Manifests { get; init => field = value?.ToArray() ?? []; }

    /// <summary>The manifest that this one refers to (OCI 1.1).</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Annotations by key.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}
