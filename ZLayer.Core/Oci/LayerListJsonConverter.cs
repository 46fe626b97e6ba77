using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ZLayer.Core.Oci;

/// <summary>
/// Reads and writes the layers of a manifest. Foreign layers, which Windows base images have, are written byte for byte as they came: their
/// order of members and their urls are the publisher's.
/// </summary>
internal sealed class LayerListJsonConverter : JsonConverter<IReadOnlyList<Descriptor>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("layers is not a list");
        }

        using var document = JsonDocument.ParseValue(ref reader);
        var type = TypeOf(options);
        return document.RootElement.EnumerateArray().Select(element => Read(element, type)).ToArray();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<Descriptor> value, JsonSerializerOptions options)
    {
        var type = TypeOf(options);
        writer.WriteStartArray();
        foreach (var layer in value)
        {
            if (layer is { Raw: { } raw } && Says(raw, layer, type))
            {
                writer.WriteRawValue(raw.Text, skipInputValidation: true);
            }
            else
            {
                JsonSerializer.Serialize(writer, layer, type);
            }
        }

        writer.WriteEndArray();
    }

    private static Descriptor Read(JsonElement element, JsonTypeInfo<Descriptor> type)
    {
        var layer = element.Deserialize(type) ?? throw new JsonException("a layer is null");
        return layer is { IsForeign: true } ? layer with { Raw = new RawJson(element.GetRawText()) } : layer;
    }

    // A descriptor that was changed since it was read keeps its old text: that must not be written.
    private static bool Says(RawJson raw, Descriptor layer, JsonTypeInfo<Descriptor> type)
        => JsonSerializer.Deserialize(raw.Text, type) is { } read
            && JsonSerializer.SerializeToUtf8Bytes(read, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(layer, type));

    private static JsonTypeInfo<Descriptor> TypeOf(JsonSerializerOptions options)
        => (JsonTypeInfo<Descriptor>)options.GetTypeInfo(typeof(Descriptor));
}
