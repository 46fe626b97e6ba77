using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// The manifests and indexes of one pull: from the store where it has them, else from the registry. They are held in memory until
/// <see cref="Store"/>, after everything that they name.
/// </summary>
internal sealed class DocumentFetcher(RegistryClient client, ContentStore content, ImageReference reference)
{
    private const int MaximumDepth = 4;

    private readonly Dictionary<Digest, byte[]> _documents = [];
    private readonly string _subject = reference.ToFamiliarString();

    public void Add(ManifestResponse document) => _documents[document.Digest] = document.Bytes.ToArray();

    /// <summary>Reads a manifest or index that an index names, or a config.</summary>
    public async Task<byte[]?> ReadAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (_documents.TryGetValue(descriptor.Digest, out var known))
        {
            return known;
        }

        var bytes = ReadStored(descriptor.Digest)
            ?? (MediaTypes.IsManifest(descriptor.MediaType) || MediaTypes.IsIndex(descriptor.MediaType)
                ? (await client.GetManifestAsync(reference.WithDigest(descriptor.Digest), cancellationToken).ConfigureAwait(false)).Bytes.ToArray()
                : await client.GetBlobAsync(reference, descriptor, cancellationToken).ConfigureAwait(false));
        if (bytes.Length != descriptor.Size)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"{_subject}: {descriptor.Digest} should have {descriptor.Size} bytes, but has {bytes.Length}.")
            {
                Subject = descriptor.Digest.ToString(),
                Advice = "The image was published damaged.",
            };
        }

        return _documents[descriptor.Digest] = bytes;
    }

    /// <summary>Every manifest below an index, attestations included.</summary>
    public Task<IReadOnlyList<ImageManifest>> ReadTreeAsync(byte[] index, CancellationToken cancellationToken)
        => ReadTreeAsync(index, 0, [], cancellationToken);

    /// <summary>Keeps the documents in the store.</summary>
    public void Store()
    {
        foreach (var (digest, bytes) in _documents)
        {
            using var writer = content.Resume(digest, bytes.Length);
            writer?.Restart();
            writer?.Write(bytes);
            writer?.Commit();
        }
    }

    // Null also when it is collected in this instant: it is fetched and stored again then.
    private byte[]? ReadStored(Digest digest)
    {
        if (!content.Contains(digest))
        {
            return null;
        }

        try
        {
            return content.ReadDocument(digest, _subject);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.StorageReadFailed && !content.Contains(digest))
        {
            return null;
        }
    }

    // An index may name another a thousand times, and that one a third: each is read once.
    private async Task<IReadOnlyList<ImageManifest>> ReadTreeAsync(byte[] index, int depth, HashSet<Digest> seen, CancellationToken cancellationToken)
    {
        var manifests = new List<ImageManifest>();
        foreach (var entry in depth < MaximumDepth ? OciJson.ParseIndex(index, _subject).Manifests : [])
        {
            if (!seen.Add(entry.Digest))
            {
                continue;
            }

            if (MediaTypes.IsIndex(entry.MediaType))
            {
                var nested = (await ReadAsync(entry, cancellationToken).ConfigureAwait(false))!;
                manifests.AddRange(await ReadTreeAsync(nested, depth + 1, seen, cancellationToken).ConfigureAwait(false));
            }
            else if (MediaTypes.IsManifest(entry.MediaType))
            {
                manifests.Add(OciJson.ParseManifest((await ReadAsync(entry, cancellationToken).ConfigureAwait(false))!, _subject));
            }
        }

        return manifests;
    }
}
