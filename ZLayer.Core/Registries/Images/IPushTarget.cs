using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>The two things that a push needs of a registry. All knowledge of images stands above it.</summary>
public interface IPushTarget
{
    /// <summary>Makes a blob part of a repository: finds it there, has it mounted from another repository, or sends it.</summary>
    /// <param name="repository">The repository; tag and digest are not looked at.</param>
    /// <param name="blob">The content.</param>
    /// <param name="progress">Told how the transfer goes.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    Task<BlobUploadOutcome> UploadBlobAsync(
        ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a manifest or index, whose bytes go on the wire unchanged, under the tag of the reference, or its digest where it has no tag.
    /// </summary>
    /// <param name="reference">Where to.</param>
    /// <param name="manifest">The document.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    Task PutManifestAsync(
        ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default);
}
