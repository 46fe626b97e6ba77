using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Documents;

/// <summary>Where the documents of images are read from: the store, a registry.</summary>
internal interface IDocumentSource
{
    /// <summary>The bytes of a manifest, index or config, checked against digest and size.</summary>
    /// <param name="document">What is read.</param>
    /// <param name="cancellationToken">Cancels a request.</param>
    /// <returns>Null where the source need not have all that an index names, and does not have this.</returns>
    ValueTask<byte[]?> ReadAsync(Descriptor document, CancellationToken cancellationToken);
}
