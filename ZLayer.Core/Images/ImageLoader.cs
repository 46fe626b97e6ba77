using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>Reads manifests and configs out of the content store and walks through indexes.</summary>
internal sealed class ImageLoader(ContentStore content)
{
    private const int MaximumIndexDepth = 8;

    /// <summary>One manifest below a target, with the platform it is for; null where neither the index nor a config says one.</summary>
    public sealed record Candidate(Descriptor Manifest, Platform? Platform);

    /// <summary>The manifests of images below a target, in order: itself, or an index's, nested ones too. Attestations are no images.</summary>
    public IReadOnlyList<Candidate> Candidates(Descriptor target, string subject)
    {
        var found = new List<Candidate>();
        Collect(target, subject, found, [], depth: 0);
        return found;
    }

    /// <summary>The candidates that are in the store.</summary>
    public IReadOnlyList<Candidate> PresentCandidates(Descriptor target, string subject)
        => [.. Candidates(target, subject).Where(candidate => content.Contains(candidate.Manifest.Digest))];

    /// <summary>Reads one platform's documents.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed, InvalidManifest or DigestMismatch, naming the subject.</exception>
    public StoredImage Read(Descriptor target, Descriptor manifest, string subject)
    {
        var manifestBytes = content.ReadDocument(manifest.Digest, subject);
        var parsed = OciJson.ParseManifest(manifestBytes, subject);
        var configBytes = content.ReadDocument(parsed.Config.Digest, subject);
        var config = OciJson.ParseConfig(configBytes, subject);
        if (config.RootFs?.DiffIds is null || config.RootFs.DiffIds.Count != parsed.Layers.Count)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest,
                $"The image {subject} cannot be used: its manifest has {parsed.Layers.Count} layers, its config names {config.RootFs?.DiffIds?.Count ?? 0}.")
            { Subject = subject };
        }

        return new StoredImage
        {
            Target = target,
            ManifestDescriptor = manifest,
            Manifest = parsed,
            ManifestBytes = manifestBytes,
            ConfigDigest = parsed.Config.Digest,
            Config = config,
            ConfigBytes = configBytes,
        };
    }

    /// <summary>Refuses an index that is nested too deep.</summary>
    /// <exception cref="ZLayerException">InvalidManifest.</exception>
    internal static void CheckDepth(int depth, string subject)
    {
        if (depth == MaximumIndexDepth)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"The index of {subject} is nested more than {MaximumIndexDepth} deep.") { Subject = subject };
        }
    }

    private void Collect(Descriptor target, string subject, List<Candidate> found, HashSet<Digest> indexes, int depth)
    {
        if (!MediaTypes.IsIndex(target.MediaType))
        {
            found.Add(new Candidate(target, PlatformOf(target, subject)));
            return;
        }

        CheckDepth(depth, subject);
        // An index may name another a thousand times, and that one a third: each is looked at once.
        if (!indexes.Add(target.Digest) || (!content.Contains(target.Digest) && depth > 0))
        {
            return;
        }

        foreach (var entry in OciJson.ParseIndex(content.ReadDocument(target.Digest, subject), subject).Manifests)
        {
            if ((MediaTypes.IsIndex(entry.MediaType) || MediaTypes.IsManifest(entry.MediaType)) && !IndexFacts.IsAttestation(entry))
            {
                Collect(entry, subject, found, indexes, depth + 1);
            }
        }
    }

    private Platform? PlatformOf(Descriptor manifest, string subject)
    {
        if (manifest.Platform is not null || !content.Contains(manifest.Digest))
        {
            return manifest.Platform;
        }

        var config = OciJson.ParseManifest(content.ReadDocument(manifest.Digest, subject), subject).Config;
        return MediaTypes.IsConfig(config.MediaType) && content.Contains(config.Digest)
            ? OciJson.ParseConfig(content.ReadDocument(config.Digest, subject), subject).Platform
            : null;
    }
}
