using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Storage;

/// <summary>Reads and writes the store's own records.</summary>
[JsonSerializable(typeof(LayerRecord))]
[JsonSerializable(typeof(StepRecord))]
[JsonSerializable(typeof(CacheMountRecord))]
internal sealed partial class StorageJson : JsonSerializerContext
{
    /// <summary>Camel case, readable text, members without a value left out.</summary>
    public static StorageJson Records { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    });
}
