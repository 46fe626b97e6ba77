using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Transfers;

namespace ZLayer.Core;

/// <content>What runs containers.</content>
public sealed partial class ZLayerEngine
{
    private const string DefaultRuntime = "docker";

    /// <summary>The container runtimes. Asking for them connects to nothing.</summary>
    public RuntimeSet Runtimes => _runtimes.Value;

    /// <summary>The store as a place that runtimes get images from which they lack.</summary>
    public IImageSource ImageSource => new StoredImageSource(this);

    /// <summary>
    /// Streams images of the store into a runtime, as <c>docker load</c> would bring them there but without an archive on a disk. Layers
    /// that the runtime has are not sent where it allows that.
    /// </summary>
    /// <param name="images">Names or ids; names are kept.</param>
    /// <param name="runtime">The runtime; null is the default.</param>
    /// <param name="platform">The platform to send; null is this machine's, else the first.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the sending; the runtime then has no new image.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, PlatformNotAvailable, RuntimeNotFound, RuntimeUnavailable, RuntimeError.
    /// </exception>
    public Task<SentImages> SendToRuntimeAsync(
        IReadOnlyList<string> images,
        string? runtime = null,
        Platform? platform = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return SendToRuntimeAsync(images, Runtimes.Get(runtime), platform, progress, cancellationToken);
    }

    /// <summary>
    /// Streams images of a runtime into the store, as <c>docker save</c> would write them but without an archive on a disk.
    /// </summary>
    /// <param name="images">Names or ids in the runtime; names are kept.</param>
    /// <param name="runtime">The runtime; null is the default.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the receiving; the store then has no new image.</param>
    /// <returns>One entry for each name, or for each image without one.</returns>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, RuntimeNotFound, RuntimeUnavailable, RuntimeError, InvalidArchive, StorageFull.
    /// </exception>
    public async Task<IReadOnlyList<ImageInfo>> ReceiveFromRuntimeAsync(
        IReadOnlyList<string> images, string? runtime = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var source = Runtimes.Get(runtime);
        Layout.EnsureCreated();
        using var lease = _leases.Open("load", cancellationToken);
        var archive = await source.SaveImagesAsync(images, cancellationToken).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
        {
            var received = await Reader.ReadAsync(
                archive, platform: null, ArchiveRelay.To(progress), cancellationToken).ConfigureAwait(false);
            return Keep(received);
        }
    }

    /// <summary>
    /// Names an engine, which <see cref="Runtimes"/> then has as a runtime; see <see cref="RuntimeSet.Register"/>. What the environment
    /// says of all engines, such as <c>DOCKER_CONFIG</c>, holds for it too.
    /// </summary>
    /// <param name="engine">The name; the address with its TLS, or a Docker context.</param>
    /// <param name="replace">True lets the name go over from another engine.</param>
    /// <exception cref="ZLayerException">NameInUse, InvalidArgument.</exception>
    public void RegisterRuntime(DockerRuntimeOptions engine, bool replace = false)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Runtimes.Register(RuntimeSettings.Named(_options.Docker, engine), replace);
    }

    /// <summary>The contexts of Docker's command line, which <see cref="RegisterRuntime"/> takes: the default one first.</summary>
    public IReadOnlyList<DockerContext> ListDockerContexts() => DockerContext.List(_options.Docker.ConfigDirectory);

    internal async Task<SentImages> SendToRuntimeAsync(
        IReadOnlyList<string> images, IContainerRuntime runtime, Platform? platform, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var lease = _leases.Open("send", cancellationToken);
        return await new ImageSender(Writer).SendAsync(
            runtime, ArchiveImages(images, lease), platform, progress, cancellationToken).ConfigureAwait(false);
    }

    private RuntimeSet CreateRuntimes() => RuntimeSettings.CreateSet(_options, _options.Runtime ?? DefaultRuntime, CredentialSources, _log);
}
