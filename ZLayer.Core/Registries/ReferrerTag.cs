using System.Text.Json;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// The tag that stands in for the referrers API on registries that do not have it (OCI distribution specification 1.1, "Referrers Tag
/// Schema").
/// </summary>
internal static class ReferrerTag
{
    // The specification's limits of the two parts of a digest in the tag.
    private const int MaximumAlgorithm = 32;
    private const int MaximumEncoded = 64;

    /// <summary>The tag of the list of what refers to <paramref name="subject"/>.</summary>
    public static string Of(Digest subject)
        => $"{subject.Algorithm[..Math.Min(MaximumAlgorithm, subject.Algorithm.Length)]}-{subject.Hex[..Math.Min(MaximumEncoded, subject.Hex.Length)]}";

    /// <summary>True for such a tag; people do not want to see them among the others.</summary>
    public static bool IsReferrerTag(string tag)
        => tag.Length == "sha256-".Length + MaximumEncoded
            && tag.StartsWith("sha256-", StringComparison.Ordinal)
            && tag["sha256-".Length..].All(char.IsAsciiHexDigitLower);

    /// <summary>The digest of the manifest that this one refers to; null when it refers to none.</summary>
    public static Digest? FindSubject(ReadOnlySpan<byte> manifest)
    {
        if (manifest.IndexOf("\"subject\""u8) < 0)
        {
            return null;
        }

        // What the registry accepted and is no JSON refers to nothing.
        return CheckedJson.TryReadElement(manifest, out var document) && document.ValueKind == JsonValueKind.Object
            && document.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.Object
            && subject.TryGetProperty("digest", out var text) && text.ValueKind == JsonValueKind.String
            && Digest.TryParse(text.GetString(), out var digest)
            ? digest
            : null;
    }

    /// <summary>
    /// The entry of a manifest in the list: its descriptor with its artifact type, which is its config's where it names none, and its
    /// annotations.
    /// </summary>
    public static Descriptor Describe(ReadOnlySpan<byte> manifest, string mediaType, string subject)
    {
        var entry = new Descriptor { MediaType = mediaType, Digest = Digest.Of(manifest), Size = manifest.Length };
        if (MediaTypes.IsIndex(mediaType))
        {
            var index = OciJson.ParseIndex(manifest, subject);
            return entry with { ArtifactType = index.ArtifactType, Annotations = index.Annotations };
        }

        var image = OciJson.ParseManifest(manifest, subject);
        return entry with { ArtifactType = image.ArtifactType ?? image.Config.MediaType, Annotations = image.Annotations };
    }
}
