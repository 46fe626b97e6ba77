using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>Whether the store holds everything of an image that a pull would fetch.</summary>
internal sealed class StoredImageCheck(ContentStore content, string subject)
{
    private readonly HashSet<Digest> _seen = [];

    /// <summary>True when manifest, config and layers of the platform are here (of every platform, where all are asked for).</summary>
    public async Task<bool> IsCompleteAsync(Descriptor target, PullOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (!content.Contains(target.Digest))
            {
                return false;
            }

            if (MediaTypes.IsManifest(target.MediaType))
            {
                return IsManifestComplete(target, options.Platform, options.SkipForeignLayers);
            }

            if (options.AllPlatforms)
            {
                return IsTreeComplete(target, options.SkipForeignLayers);
            }

            var choice = new PlatformChoice((descriptor, _) => Task.FromResult(Read(descriptor)), subject);
            var chosen = await choice.ChooseAsync(
                content.ReadDocument(target.Digest, subject), options.Platform ?? Platform.Host, cancellationToken).ConfigureAwait(false);
            return IsManifestComplete(chosen, null, options.SkipForeignLayers);
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.PlatformNotAvailable or ZLayerErrorKind.DigestMismatch or ZLayerErrorKind.InvalidManifest)
        {
            return false; // Another platform than the stored one, or damaged: the registry may have what is wanted.
        }
    }

    private byte[]? Read(Descriptor descriptor)
        => content.Contains(descriptor.Digest) ? content.ReadDocument(descriptor.Digest, subject) : null;

    // What was found complete, or is being looked at above, need not be looked at again.
    private bool IsTreeComplete(Descriptor node, bool skipForeignLayers)
        => !_seen.Add(node.Digest)
            || (Read(node) is { } bytes
                && (MediaTypes.IsIndex(node.MediaType)
                    ? OciJson.ParseIndex(bytes, subject).Manifests.All(m => IsTreeComplete(m, skipForeignLayers))
                    : IsManifestComplete(node, null, skipForeignLayers)));

    private bool IsManifestComplete(Descriptor target, Platform? wanted, bool skipForeignLayers)
    {
        if (Read(target) is not { } bytes)
        {
            return false;
        }

        var manifest = OciJson.ParseManifest(bytes, subject);
        if (!manifest.Layers.Where(l => !skipForeignLayers || !l.IsForeign).Append(manifest.Config).All(blob => content.GetSize(blob.Digest) == blob.Size))
        {
            return false;
        }

        return wanted is null || !MediaTypes.IsConfig(manifest.Config.MediaType)
            || wanted.Accepts(OciJson.ParseConfig(content.ReadDocument(manifest.Config.Digest, subject), subject).Platform);
    }
}
