using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// What registries call the images.
internal sealed partial class ReferenceStore
{
    /// <summary>
    /// Notes where a registry has an image: with the image's names of that repository, else with all that it has. An image that nobody
    /// keeps under a name has nowhere to note it.
    /// </summary>
    /// <param name="target">The image.</param>
    /// <param name="registryDigest">The repository with the digest that the registry knows it by.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    internal void NoteDigest(Digest target, ImageReference registryDigest)
    {
        var names = Scan((_, _) => { }).Where(name => name.PointsTo(target)).ToList();
        var own = names.FindAll(name => name.Reference(layout.References)?.Name == registryDigest.Name);
        foreach (var name in own.Count > 0 ? own : names)
        {
            Rewrite(name, target, digests => RegistryDigests.Union(digests, [registryDigest.ToString()]));
        }
    }

    /// <summary>Forgets where a registry has an image. The image and its names stay.</summary>
    /// <exception cref="ZLayerException">As <see cref="NoteDigest"/>.</exception>
    internal void ForgetDigest(Digest target, ImageReference registryDigest)
    {
        var text = registryDigest.ToString();
        foreach (var name in Scan((_, _) => { }).Where(name => name.PointsTo(target) && name.RegistryDigests.Contains(text)))
        {
            Rewrite(name, target, digests => [.. digests.Where(digest => digest != text)]);
        }
    }

    /// <summary>
    /// The image that a registry has under a digest, as a pull or a push got to know it; null when the store does not know.
    /// </summary>
    /// <param name="reference">A repository with a digest; a tag does not matter.</param>
    /// <param name="scan">All names that count; null are those that there are.</param>
    internal Descriptor? FindByRegistryDigest(ImageReference reference, Func<IEnumerable<StoredName>>? scan = null)
        => reference.Digest is { } digest && RegistryDigests.TextOf(reference, digest) is var text
            ? (scan is null ? Scan((_, _) => { }) : scan()).FirstOrDefault(name => name.RegistryDigests.Contains(text))?.Target
            : null;

    // Keeps the time: the name leads where it led before.
    private void Rewrite(StoredName name, Digest target, Func<IReadOnlyList<string>, IReadOnlyList<string>> change)
    {
        var path = Path.Combine(layout.References, name.Path);
        try
        {
            using var alone = AcquireName(path);
            if (TryReadFile(path) is { } file && file.Target.Digest == target)
            {
                StagedFile.Write(layout, path, OciJson.Serialize(RegistryDigests.Join(file.Target, change(file.Digests))), flush: true);
                File.SetLastWriteTimeUtc(path, name.Updated.UtcDateTime);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"note a digest of {name.Subject}", path, e);
        }
    }
}
