using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Oci;

/// <summary>An image manifest: one config and its layers, base first (OCI image specification, "Image Manifest").</summary>
public sealed record ImageManifest
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; } = 2;

    /// <summary>The media type of this document.</summary>
    public string? MediaType { get; init; }

    /// <summary>The type of an artifact, where the manifest is not an image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The image config.</summary>
    public required Descriptor Config { get; init; }

    /// <summary>The layers, base first.</summary>
    [JsonConverter(typeof(LayerListJsonConverter))]
    public required IReadOnlyList<Descriptor> Layers { get; init => field = value?.ToArray() ?? []; }

    /// <summary>The manifest that this one refers to (OCI 1.1).</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Annotations by key.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Members that this version does not know, kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}
