using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Oci;

/// <summary>
/// Reads and writes the JSON documents of the OCI specifications. A document is serialised once; its bytes are then kept, hashed and sent.
/// </summary>
public static class OciJson
{
    /// <summary>The largest manifest, index or config that is read: 16 MiB.</summary>
    public const int MaximumDocumentSize = 16 * 1024 * 1024;

    // Go and skopeo write '+' and '<' plainly; the default encoder would escape them in every media type.
    private static readonly OciJsonContext Context = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        AllowDuplicateProperties = true,
        MaxDepth = 64,
    });

    /// <summary>Serialises a manifest.</summary>
    public static byte[] Serialize(ImageManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Context.ImageManifest);

    /// <summary>Serialises an index.</summary>
    public static byte[] Serialize(ImageIndex index) => JsonSerializer.SerializeToUtf8Bytes(index, Context.ImageIndex);

    /// <summary>Serialises a config.</summary>
    public static byte[] Serialize(ImageConfig config) => JsonSerializer.SerializeToUtf8Bytes(config, Context.ImageConfig);

    /// <summary>Serialises a descriptor.</summary>
    public static byte[] Serialize(Descriptor descriptor) => JsonSerializer.SerializeToUtf8Bytes(descriptor, Context.Descriptor);

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">The document.</param>
    /// <param name="subject">What it is the manifest of, for the error.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidManifest"/> when it is not one.</exception>
    public static ImageManifest ParseManifest(ReadOnlySpan<byte> json, string subject)
    {
        var manifest = Parse(json, Context.ImageManifest, "image manifest", subject);
        // Go writes an empty list as null.
        manifest = manifest.Layers is null ? manifest with { Layers = [] } : manifest;
        return manifest.Layers.Append(manifest.Config).All(IsWhole)
            ? manifest
            : throw Invalid("image manifest", subject, "a descriptor lacks its digest or has no possible size");
    }

    /// <summary>Reads an index; see <see cref="ParseManifest"/>.</summary>
    public static ImageIndex ParseIndex(ReadOnlySpan<byte> json, string subject)
    {
        var index = Parse(json, Context.ImageIndex, "image index", subject);
        index = index.Manifests is null ? index with { Manifests = [] } : index;
        return index.Manifests.All(IsWhole)
            ? index
            : throw Invalid("image index", subject, "a descriptor lacks its digest or has no possible size");
    }

    /// <summary>Reads a config; see <see cref="ParseManifest"/>.</summary>
    public static ImageConfig ParseConfig(ReadOnlySpan<byte> json, string subject)
    {
        var config = Parse(json, Context.ImageConfig, "image config", subject);
        if (config.RootFs is null || config.Os is null || config.Architecture is null)
        {
            throw Invalid("image config", subject, "rootfs, os or architecture is null");
        }

        return config.RootFs.DiffIds is null ? config with { RootFs = config.RootFs with { DiffIds = [] } } : config;
    }

    /// <summary>Reads a descriptor; see <see cref="ParseManifest"/>.</summary>
    public static Descriptor ParseDescriptor(ReadOnlySpan<byte> json, string subject)
        => Parse(json, Context.Descriptor, "descriptor", subject);

    /// <summary>
    /// The media type that a manifest document says of itself, or that its members imply: an index has <c>manifests</c>, a manifest has <c>config</c>.
    /// Null when it is neither.
    /// </summary>
    public static string? DetectMediaType(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (root.TryGetProperty("mediaType", out var type) && type.ValueKind == JsonValueKind.String)
            {
                return type.GetString();
            }

            return root.TryGetProperty("manifests", out _) ? MediaTypes.OciIndex
                : root.TryGetProperty("config", out _) && root.TryGetProperty("layers", out _) ? MediaTypes.OciManifest
                : null;
        }
        catch (JsonException)
        {
            return null; // Not JSON is not a manifest; callers report it with their subject.
        }
    }

    // What the serialiser lets through although the specification does not: null entries, negative sizes, platforms without a name.
    private static bool IsWhole(Descriptor? descriptor)
        => descriptor is { MediaType: not null, Digest.IsEmpty: false, Size: >= 0 }
            && descriptor.Platform is null or { Os: not null, Architecture: not null };

    private static ZLayerException Invalid(string what, string subject, string why, Exception? inner = null)
        => new(ZLayerErrorKind.InvalidManifest, $"The {what} of {subject} is not valid: {why}", inner)
        {
            Subject = subject,
            Advice = "Fetch the image again; if the error stays, the image was published damaged.",
        };

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string what, string subject)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new JsonException("the document is null");
        }
        catch (JsonException e)
        {
            throw Invalid(what, subject, e.Message, e);
        }
    }
}

[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(Descriptor))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
