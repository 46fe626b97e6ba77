using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>Reads what a tag points to without its layers.</summary>
internal static class RegistryTagReader
{
    /// <summary>Digest, platforms, size and time of a tag.</summary>
    public static async Task<RegistryTag> ReadAsync(RegistryClient client, ImageReference tag, CancellationToken cancellationToken)
    {
        var response = await client.GetManifestAsync(tag, cancellationToken).ConfigureAwait(false);
        var result = new RegistryTag { Repository = tag.Name, Name = tag.Tag!, Digest = response.Descriptor.Digest };
        var bytes = response.Bytes;
        if (MediaTypes.IsIndex(response.Descriptor.MediaType))
        {
            var images = OciJson.ParseIndex(bytes.Span, tag.ToString()).Manifests
                .Where(m => m.Platform is { Os: not "unknown" })
                .ToList();
            result = result with { Platforms = [.. images.Select(i => i.Platform!)] };
            if (images.Count == 0)
            {
                return result;
            }

            bytes = (await client.GetManifestAsync(tag.WithDigest(images[0].Digest), cancellationToken).ConfigureAwait(false)).Bytes;
        }

        var manifest = OciJson.ParseManifest(bytes.Span, tag.ToString());
        result = result with { Size = manifest.Layers.Sum(l => l.Size) };
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            return result;
        }

        var config = OciJson.ParseConfig(await client.GetBlobAsync(tag, manifest.Config, cancellationToken).ConfigureAwait(false), tag.ToString());
        return result with
        {
            Created = config.Created,
            Platforms = result.Platforms.Count > 0 ? result.Platforms : [config.Platform],
        };
    }
}
