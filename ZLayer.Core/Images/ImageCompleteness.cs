using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images;

/// <summary>Whether the store holds all of an image that a registry would be given: foreign layers are not needed.</summary>
internal sealed class ImageCompleteness(ContentStore content)
{
    /// <summary>True when the manifest, its config and its layers are here; for an index, those of any of its images.</summary>
    public bool IsComplete(Descriptor entry) => IsComplete(entry, []);

    // What was found incomplete once is not looked at again.
    private bool IsComplete(Descriptor entry, HashSet<Digest> seen)
    {
        if (!seen.Add(entry.Digest) || !content.Contains(entry.Digest))
        {
            return false;
        }

        var subject = entry.Digest.ToString();
        var bytes = content.ReadDocument(entry.Digest, subject);
        if (MediaTypes.IsIndex(entry.MediaType))
        {
            return OciJson.ParseIndex(bytes, subject).Manifests.Any(child => IsComplete(child, seen));
        }

        var manifest = OciJson.ParseManifest(bytes, subject);
        return manifest.Layers.Where(layer => !layer.IsForeign).Append(manifest.Config).All(blob => content.Contains(blob.Digest));
    }
}
