using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Exporters;

/// <summary>Pushes an image of the store: the registry client, or a double in tests.</summary>
internal interface IImagePublisher
{
    /// <summary>Pushes a manifest or index with everything that it refers to.</summary>
    Task<PushResult> PublishAsync(
        Descriptor root, ImageReference destination, PushOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default);
}
