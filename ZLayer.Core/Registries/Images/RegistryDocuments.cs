using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// The manifests, indexes and configs of one image of a registry; from the store where there is one and it has them. They are held in
/// memory until <see cref="Store"/>, after everything that they name.
/// </summary>
/// <param name="client">The registry.</param>
/// <param name="reference">The image.</param>
/// <param name="content">The store; null to ask the registry alone.</param>
internal sealed class RegistryDocuments(RegistryClient client, ImageReference reference, ContentStore? content = null) : IDocumentSource
{
    private readonly Dictionary<Digest, byte[]> _documents = [];
    private readonly string _subject = reference.ToFamiliarString();

    /// <summary>Walks through the image.</summary>
    public DocumentWalk Walk => new(this, _subject);

    /// <summary>Takes a document that the registry has given already.</summary>
    public void Add(ManifestResponse document) => _documents[document.Digest] = document.Bytes.ToArray();

    /// <inheritdoc/>
    async ValueTask<byte[]?> IDocumentSource.ReadAsync(Descriptor document, CancellationToken cancellationToken)
        => await ReadAsync(document, cancellationToken).ConfigureAwait(false);

    /// <summary>Reads a manifest or index that an index names, or a config.</summary>
    /// <exception cref="ZLayerException">DigestMismatch; and what registries throw.</exception>
    public async ValueTask<byte[]> ReadAsync(Descriptor document, CancellationToken cancellationToken)
    {
        if (_documents.TryGetValue(document.Digest, out var known))
        {
            return known;
        }

        // What is collected in this instant is fetched and stored again.
        var bytes = (content is null ? null : new StoreDocuments(content, _subject).Find(document.Digest))
            ?? (MediaTypes.IsManifest(document.MediaType) || MediaTypes.IsIndex(document.MediaType)
                ? (await client.GetManifestAsync(
                    reference.WithDigest(document.Digest), cancellationToken).ConfigureAwait(false)).Bytes.ToArray()
                : await client.GetBlobAsync(reference, document, cancellationToken).ConfigureAwait(false));
        return bytes.Length == document.Size
            ? _documents[document.Digest] = bytes
            : throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"{_subject}: {document.Digest} should have {document.Size} bytes, but has {bytes.Length}.")
            {
                Subject = document.Digest.ToString(),
                Advice = "The image was published damaged.",
            };
    }

    /// <summary>Keeps the documents in the store.</summary>
    public void Store()
    {
        foreach (var (digest, bytes) in _documents)
        {
            using var writer = content!.Resume(digest, bytes.Length);
            writer?.Restart();
            writer?.Write(bytes);
            writer?.Commit();
        }
    }
}
