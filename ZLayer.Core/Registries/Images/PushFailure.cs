using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// Says of a failure which part of which image was being pushed. What one can act upon by kind (credentials, network) keeps its kind.
/// </summary>
internal static class PushFailure
{
    public static ZLayerException OfBlob(Digest digest, ImageReference destination, ZLayerException cause)
        => Wrap(ZLayerErrorKind.BlobUploadFailed, $"Pushing {destination.ToFamiliarString()}: blob {digest} was not uploaded", digest, cause);

    public static ZLayerException OfManifest(Digest digest, ImageReference destination, ZLayerException cause)
        => Wrap(ZLayerErrorKind.ManifestPutFailed, $"Pushing {destination.ToFamiliarString()}: manifest {digest} was not taken", digest, cause);

    public static ZLayerException Because(ImageReference destination, string reason, string advice)
        => new(ZLayerErrorKind.PushFailed, $"{destination.ToFamiliarString()} was not pushed: {reason}.")
        {
            Subject = destination.ToString(),
            Advice = advice,
        };

    private static ZLayerException Wrap(ZLayerErrorKind kind, string attempt, Digest digest, ZLayerException cause)
        => new(
            cause.Kind is ZLayerErrorKind.RegistryError or ZLayerErrorKind.RegistryProtocolError or ZLayerErrorKind.ImageNotFound
                ? kind
                : cause.Kind,
            $"{attempt}: {cause.Message}",
            cause)
        {
            Subject = digest.ToString(),
            AdviceWords = cause.AdviceWords,
            Details = cause.Details,
        };
}
