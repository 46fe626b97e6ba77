using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Cli.Display;

/// <summary>What runtimes tell, as JSON: lists are one array, sequences an object a line.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteList<T>(IReadOnlyList<T> items)
    {
        var type = (JsonTypeInfo<T>)RuntimeJson.Readable.GetTypeInfo(typeof(T))!;
        Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var item in items)
            {
                JsonSerializer.Serialize(writer, item, type);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>A table as an array of objects, its titles as their keys.</summary>
    public static void WriteRows(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows) => Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            for (var column = 0; column < titles.Count; column++)
            {
                writer.WriteString(titles[column], column < row.Count ? row[column] : "");
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>A runtime's own JSON, set out to be read.</summary>
    public static void WriteRaw(string document)
    {
        using var parsed = JsonDocument.Parse(document);
        Write(parsed.RootElement.WriteTo);
    }

    public static string Line<T>(T item) => JsonSerializer.Serialize(item, (JsonTypeInfo<T>)RuntimeJson.Readable.GetTypeInfo(typeof(T))!);

    private static void Write(Action<Utf8JsonWriter> write)
    {
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, Readable))
        {
            write(writer);
        }

        output.WriteByte((byte)'\n');
        using var target = Core.Terminals.StandardStream.OpenOutput();
        target.Write(output.GetBuffer().AsSpan(0, (int)output.Length));
    }
}

/// <summary>The serialisation of what runtimes tell: names in camel case, words in lower case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerInfo))]
[JsonSerializable(typeof(RuntimeInfo))]
[JsonSerializable(typeof(FileChange))]
[JsonSerializable(typeof(PortMappingInfo))]
[JsonSerializable(typeof(ContainerStatistic))]
[JsonSerializable(typeof(ZLayerEvent))]
[JsonSerializable(typeof(ImageSearchResult))]
internal sealed partial class RuntimeJson : JsonSerializerContext
{
    public static RuntimeJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            Words<ContainerState>(), Words<HealthStatus>(), Words<FileChangeKind>(), Words<RuntimeOperation>(), new AddressConverter(),
        },
    });

    private static JsonStringEnumConverter<T> Words<T>()
        where T : struct, Enum
        => new(JsonNamingPolicy.CamelCase);

    private sealed class AddressConverter : JsonConverter<IPAddress>
    {
        public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => throw new NotSupportedException("The command line writes JSON and reads none.");

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options)
            => writer.WriteStringValue(value.ToString());
    }
}
