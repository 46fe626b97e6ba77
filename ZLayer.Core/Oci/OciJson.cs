using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Oci;

/// <summary>
/// Reads and writes the JSON documents of the OCI specifications. A document is serialised once; its bytes are then kept, hashed and sent.
/// </summary>
internal static class OciJson
{
    /// <summary>The largest manifest, index or config that is read: 16 MiB.</summary>
    public const int MaximumDocumentSize = CheckedJson.MaximumSize;

    // Far more than any image has, and so little that the sum over as many documents as an index can name still is a number.
    private const long MaximumTotal = 1L << 45;

    // Go and skopeo write '+' and '<' plainly; the default encoder would escape them in every media type.
    private static readonly OciJsonContext Context = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        AllowDuplicateProperties = true,
        MaxDepth = CheckedJson.MaximumDepth,
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
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidManifest"/> when it is not one, or its config is said to be larger than a config that is read.
    /// </exception>
    public static ImageManifest ParseManifest(ReadOnlySpan<byte> json, string subject)
    {
        var manifest = Parse(json, Context.ImageManifest, "image manifest", subject);
        CheckSizes(manifest.Layers.Append(manifest.Config), "image manifest", subject);
        return manifest;
    }

    /// <summary>Reads an index; see <see cref="ParseManifest"/>.</summary>
    public static ImageIndex ParseIndex(ReadOnlySpan<byte> json, string subject)
    {
        var index = Parse(json, Context.ImageIndex, "image index", subject);
        CheckSizes(index.Manifests, "image index", subject);
        return index;
    }

    /// <summary>Reads a config; see <see cref="ParseManifest"/>.</summary>
    public static ImageConfig ParseConfig(ReadOnlySpan<byte> json, string subject)
        => Parse(json, Context.ImageConfig, "image config", subject);

    /// <summary>Reads a descriptor; see <see cref="ParseManifest"/>.</summary>
    public static Descriptor ParseDescriptor(ReadOnlySpan<byte> json, string subject)
    {
        var descriptor = Parse(json, Context.Descriptor, "descriptor", subject);
        CheckSizes([descriptor], "descriptor", subject);
        return descriptor;
    }

    /// <summary>
    /// The media type that a manifest document says of itself, or that its members imply: an index has <c>manifests</c>, a manifest has
    /// <c>config</c>. Null when it is neither.
    /// </summary>
    public static string? DetectMediaType(ReadOnlySpan<byte> json)
    {
        // Not JSON is not a manifest; callers report it with their subject.
        if (!CheckedJson.TryReadElement(json, out var root) || root.ValueKind != JsonValueKind.Object)
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

    // Sizes are claims: they are added up in many places, and a document is fetched whole.
    private static void CheckSizes(IEnumerable<Descriptor> descriptors, string what, string subject)
    {
        var total = 0L;
        foreach (var descriptor in descriptors)
        {
            if (descriptor.Size < 0)
            {
                throw Invalid(what, subject, $"the size of {descriptor.Digest} is negative");
            }

            if (descriptor.Size > MaximumDocumentSize && IsDocument(descriptor.MediaType))
            {
                throw Invalid(
                    what, subject, $"{descriptor.Digest} is said to have {descriptor.Size} bytes; documents have at most {MaximumDocumentSize}");
            }

            if (descriptor.Size > MaximumTotal - total)
            {
                throw Invalid(what, subject, "its sizes add up to more than 32 TiB");
            }

            total += descriptor.Size;
        }
    }

    private static bool IsDocument(string mediaType)
        => MediaTypes.IsConfig(mediaType) || MediaTypes.IsManifest(mediaType) || MediaTypes.IsIndex(mediaType);

    private static ZLayerException Invalid(string what, string subject, string why, Exception? inner = null)
        => new(ZLayerErrorKind.InvalidManifest, $"The {what} of {subject} is not valid: {why}.", inner)
        {
            Subject = subject,
            Advice = "Fetch the image again; if the error stays, the image was published damaged.",
        };

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string what, string subject)
        => CheckedJson.Read(json, type, (why, cause) => Invalid(what, subject, why, cause), MaximumDocumentSize);
}

[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(Descriptor))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
