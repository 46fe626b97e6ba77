using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Display;

/// <summary>Images as JSON. Manifest and config are the stored documents, not a second serialisation of them.</summary>
internal static class ImageJson
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string List(IEnumerable<ImageInfo> images) => Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var image in images)
        {
            writer.WriteStartObject();
            WriteMembers(writer, image);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static string Detail(ImageDetail image) => Write(writer =>
    {
        writer.WriteStartObject();
        WriteMembers(writer, image);
        WriteTexts(writer, "names", image.Names.Select(name => name.ToFamiliarString()));
        writer.WriteString("manifestDigest", image.ManifestDigest.ToString());
        WriteDocument(writer, "manifest", image.RawManifest);
        WriteDocument(writer, "config", image.RawConfig);
        writer.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteMembers(Utf8JsonWriter writer, ImageInfo image)
    {
        writer.WriteString("reference", image.Reference?.ToFamiliarString());
        writer.WriteString("repository", image.Repository);
        writer.WriteString("tag", image.Tag);
        writer.WriteString("id", image.Id.ToString());
        writer.WriteString("digest", image.Digest.ToString());
        WriteTexts(writer, "repoDigests", image.RepoDigests);
        writer.WriteString("mediaType", image.MediaType);
        writer.WriteString("platform", image.Platform.ToString());
        WriteTexts(writer, "platforms", image.Platforms.Select(platform => platform.ToString()));
        if (image.Created is { } created)
        {
            writer.WriteString("created", created);
        }

        writer.WriteNumber("size", image.Size);
        writer.WriteStartObject("labels");
        foreach (var (key, value) in image.Labels)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
        writer.WriteString("root", image.Root);
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static void WriteDocument(Utf8JsonWriter writer, string name, string document)
    {
        using var parsed = JsonDocument.Parse(document);
        writer.WritePropertyName(name);
        parsed.RootElement.WriteTo(writer);
    }
}
