using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images.Documents;

/// <summary>
/// What lists show of very many images, and by which ids they are found: as <see cref="ImageLoader"/> says it, out of what is remembered of
/// their documents.
/// </summary>
internal sealed class ImageSummaries(DocumentMemory documents)
{
    /// <summary>One platform of an image that is in the store.</summary>
    /// <param name="Manifest">The manifest's descriptor.</param>
    /// <param name="Facts">What the manifest says.</param>
    /// <param name="Platform">The platform that it is for; null where neither the index nor a config says one.</param>
    public sealed record Candidate(Descriptor Manifest, ManifestFacts Facts, Platform? Platform);

    /// <summary>
    /// The manifests of images below a target that are in the store, in order; see <see cref="ImageLoader.PresentImages"/>.
    /// </summary>
    public IReadOnlyList<Candidate> PresentCandidates(Descriptor target, string subject)
    {
        var found = new List<Candidate>();
        Collect(target, subject, found, [], depth: 0);
        return found;
    }

    /// <summary>What a list shows of one platform; null where the documents do not go together, and reading them says why.</summary>
    public ImageInfo? Describe(ImageReference? reference, Descriptor target, Candidate shown, IReadOnlyList<Candidate> candidates)
    {
        var subject = reference?.ToFamiliarString() ?? target.Digest.ToString();
        if (documents.FindConfig(shown.Facts.Config.Digest, subject) is not { } config || config.DiffIds.Count != shown.Facts.Layers.Count)
        {
            return null;
        }

        var (created, platform, labels) = config.Summary.Value;
        return new ImageInfo
        {
            Reference = reference,
            Repository = reference?.FamiliarName ?? ImageInfo.NoName,
            Tag = reference?.Tag ?? ImageInfo.NoName,
            Id = shown.Facts.Config.Digest,
            Digest = target.Digest,
            Platform = platform,
            Platforms = [.. candidates.Select(candidate => candidate.Platform).OfType<Platform>()],
            Created = created,
            Size = SizeOf(target, candidates),
            MediaType = target.MediaType,
            Labels = labels ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>Whether manifest and config of a platform go together, so that it can be used.</summary>
    public bool IsWhole(Candidate candidate, string subject)
        => documents.FindConfig(candidate.Facts.Config.Digest, subject) is { } config
            && config.DiffIds.Count == candidate.Facts.Layers.Count;

    private void Collect(Descriptor target, string subject, List<Candidate> found, HashSet<Digest> indexes, int depth)
    {
        if (!MediaTypes.IsIndex(target.MediaType))
        {
            if (documents.FindManifest(target.Digest, subject) is { } manifest)
            {
                found.Add(new Candidate(target, manifest, target.Platform ?? PlatformOf(manifest, subject)));
            }

            return;
        }

        DocumentWalk.CheckDepth(depth + 1, subject);
        // An index may name another a thousand times, and that one a third: each is looked at once.
        if (!indexes.Add(target.Digest))
        {
            return;
        }

        foreach (var (entry, isAttestation) in documents.FindIndex(target.Digest, subject)?.Entries ?? [])
        {
            if ((MediaTypes.IsIndex(entry.MediaType) || MediaTypes.IsManifest(entry.MediaType)) && !isAttestation)
            {
                Collect(entry, subject, found, indexes, depth + 1);
            }
        }
    }

    private Platform? PlatformOf(ManifestFacts manifest, string subject)
        => MediaTypes.IsConfig(manifest.Config.MediaType)
            ? documents.FindConfig(manifest.Config.Digest, subject)?.Summary.Value.Platform
            : null;

    // Each blob once, as its descriptor says.
    private static long SizeOf(Descriptor target, IReadOnlyList<Candidate> candidates)
    {
        var blobs = new Dictionary<ulong, long> { [DigestMarks.KeyOf(target.Digest)] = target.Size };
        foreach (var (descriptor, manifest, _) in candidates)
        {
            blobs[DigestMarks.KeyOf(descriptor.Digest)] = descriptor.Size;
            blobs[DigestMarks.KeyOf(manifest.Config.Digest)] = manifest.Config.Size;
            foreach (var (key, size) in manifest.Layers)
            {
                blobs[key] = size;
            }
        }

        return blobs.Values.Sum();
    }
}
