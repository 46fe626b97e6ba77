using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Where images are that a runtime may lack, nearer than a registry.</summary>
public interface IImageSource
{
    /// <summary>Whether it has an image for a platform.</summary>
    /// <param name="image">A name or an id.</param>
    /// <param name="platform">The platform; null is any.</param>
    bool Has(string image, Platform? platform);

    /// <summary>Brings an image that it has into a runtime, under the name that was asked for.</summary>
    /// <param name="runtime">Where to.</param>
    /// <param name="image">A name or an id.</param>
    /// <param name="platform">The platform; null is this machine's, else the first.</param>
    /// <param name="cancellationToken">Ends the sending; the runtime then has no new image.</param>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, StorageReadFailed, RuntimeUnavailable, RuntimeError, OperationNotSupported.</exception>
    Task SendAsync(IContainerRuntime runtime, string image, Platform? platform, CancellationToken cancellationToken = default);
}
