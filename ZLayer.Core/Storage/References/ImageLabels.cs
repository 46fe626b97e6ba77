using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>Reads the labels of images for filters.</summary>
internal static class ImageLabels
{
    /// <summary>
    /// Whether any platform of an image has all of the labels, <c>key</c> or <c>key=value</c>. What cannot be read has none.
    /// </summary>
    public static bool Match(ContentStore content, Descriptor target, IReadOnlyList<string> wanted)
    {
        try
        {
            return Configs(content, target, []).Any(config => Match(config.Config?.Labels, wanted));
        }
        catch (ZLayerException)
        {
            return false;
        }
    }

    /// <summary>Whether labels contain all that are wanted.</summary>
    public static bool Match(IReadOnlyDictionary<string, string>? labels, IReadOnlyList<string> wanted)
        => wanted.All(text =>
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? text : text[..equals];
            return labels is not null && labels.TryGetValue(key, out var value) && (equals < 0 || value == text[(equals + 1)..]);
        });

    private static IEnumerable<ImageConfig> Configs(ContentStore content, Descriptor target, HashSet<Digest> seen)
    {
        var subject = target.Digest.ToString();
        if (!seen.Add(target.Digest) || !content.Contains(target.Digest))
        {
            return [];
        }

        if (MediaTypes.IsIndex(target.MediaType))
        {
            return OciJson.ParseIndex(content.ReadDocument(target.Digest, subject), subject).Manifests.SelectMany(
                m => Configs(content, m, seen));
        }

        var config = MediaTypes.IsManifest(target.MediaType)
            ? OciJson.ParseManifest(content.ReadDocument(target.Digest, subject), subject).Config
            : null;
        return config is not null && MediaTypes.IsConfig(config.MediaType) && content.Contains(config.Digest)
            ? [OciJson.ParseConfig(content.ReadDocument(config.Digest, subject), subject)]
            : [];
    }
}
