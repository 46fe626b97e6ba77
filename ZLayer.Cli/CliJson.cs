using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Oci;

namespace ZLayer.Cli;

/// <summary>What --progress json writes. Names, digests and platforms are texts, as in every other output.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildEvent))]
internal sealed partial class CliJson : JsonSerializerContext
{
    public static CliJson Line { get; } = new(CreateOptions());

    private static JsonSerializerOptions CreateOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new TextConverter<ImageReference>(), new TextConverter<Platform>() },
    };

    /// <summary>Writes a value as the text that people know it by.</summary>
    private sealed class TextConverter<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => throw new NotSupportedException("The command line writes JSON and reads none.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
            => writer.WriteStringValue(value!.ToString());
    }
}
