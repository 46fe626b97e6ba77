using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;

namespace ZLayer.Core;

/// <summary>The store as a place that runtimes get images from.</summary>
/// <param name="engine">The engine of the store.</param>
internal sealed class StoredImageSource(ZLayerEngine engine) : IImageSource
{
    public bool Has(string image, Platform? platform)
    {
        try
        {
            return engine.Images.Find(image, platform) is not null;
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.PlatformNotAvailable or ZLayerErrorKind.InvalidArgument or ZLayerErrorKind.InvalidImageReference)
        {
            // For another platform alone, or the beginning of several ids: a registry may know better.
            return false;
        }
    }

    public async Task<string> SendAsync(
        IContainerRuntime runtime, string image, Platform? platform, CancellationToken cancellationToken = default)
    {
        await engine.SendToRuntimeAsync([image], runtime, platform, progress: null, cancellationToken).ConfigureAwait(false);
        return ImageReference.TryParse(image, out var reference) && reference.Digest is not null
            ? engine.Images.Get(image, platform).ConfigDigest.ToString()
            : image;
    }
}
