using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// Makes the directory of a layer, ready to be stacked by overlayfs, of its tar stream. Whiteouts become character devices
/// 0/0 and opaque directories get overlayfs' attribute; owners, modes, times, extended attributes, devices and hard links are
/// restored. The stream is not trusted: nothing is ever written outside of the directory.
/// </summary>
/// <remarks>
/// Every name is opened from its parent's descriptor without following symbolic links; those among the parents of an entry
/// are resolved inside of the directory, as in a chroot. As the OCI image specification says, a whiteout hides what the
/// layers below have, never what the same layer has, in whatever order they come. Linux only.
/// </remarks>
internal static class LayerExtractor
{
    /// <summary>Extracts a layer.</summary>
    /// <param name="tar">
    /// The plain tar stream; it is read to its end, so that a <see cref="DigestStream"/> sees all of it, and stays open.
    /// </param>
    /// <param name="directory">An existing, empty directory.</param>
    /// <param name="options">What to restore; null is everything, which needs root.</param>
    /// <param name="cancellationToken">Stops the work; the directory is then incomplete.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArchive"/> when the stream is damaged or an entry tries to
    /// escape or cannot be, <see cref="ZLayerErrorKind.StorageFull"/>, <see cref="ZLayerErrorKind.AccessDenied"/> or
    /// <see cref="ZLayerErrorKind.StorageWriteFailed"/> when the system refuses a file.</exception>
    public static LayerExtractionResult Extract(
        Stream tar, string directory, LayerExtractionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tar);
        ArgumentNullException.ThrowIfNull(directory);
        // Reading a file or memory is no work that would be worth a thread.
        using var ahead = tar is FileStream or MemoryStream ? null : new ReadAheadStream(tar);
        using var extraction = new LayerExtraction(ahead ?? tar, directory, options ?? new LayerExtractionOptions());
        return extraction.Run(cancellationToken);
    }

    internal static ZLayerException Invalid(string path, string why)
        => new(ZLayerErrorKind.InvalidArchive, $"Extracting '{path}': {why}.") { Subject = path };
}
