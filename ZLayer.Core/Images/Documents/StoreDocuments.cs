using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Documents;

/// <summary>The documents that the store has. What is read is there at once: no task of it is ever waited for.</summary>
/// <param name="content">The store.</param>
/// <param name="subject">The image, for errors.</param>
internal sealed class StoreDocuments(ContentStore content, string subject) : IDocumentSource
{
    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadAsync(Descriptor document, CancellationToken cancellationToken)
        => ValueTask.FromResult(Find(document.Digest));

    /// <summary>The bytes of a document; null also when it is collected in this instant.</summary>
    public byte[]? Find(Digest digest)
    {
        if (!content.Contains(digest))
        {
            return null;
        }

        try
        {
            return content.ReadDocument(digest, subject);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.StorageReadFailed && !content.Contains(digest))
        {
            return null;
        }
    }
}
