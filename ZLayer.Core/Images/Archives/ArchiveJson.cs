using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Images.Archives;

/// <summary>One image of <c>manifest.json</c> in a docker archive.</summary>
internal sealed record DockerArchiveEntry
{
    /// <summary>The path of the config.</summary>
    [JsonPropertyName("Config")]
    public string? Config { get; init; }

    /// <summary>The names, <c>repository:tag</c>.</summary>
    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string>? RepoTags { get; init; }

    /// <summary>The paths of the layers, base first.</summary>
    [JsonPropertyName("Layers")]
    public IReadOnlyList<string>? Layers { get; init; }
}

/// <summary>Reads and writes the documents of docker archives.</summary>
[JsonSerializable(typeof(List<DockerArchiveEntry>))]
internal sealed partial class ArchiveJson : JsonSerializerContext
{
    /// <summary>Readable text; members without a value stay, as Docker writes them.</summary>
    public static ArchiveJson Documents { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
