using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds;

/// <summary>Something that turns a Dockerfile into an image and carries it on.</summary>
public interface IBuildBackend
{
    /// <summary>Its name: <c>native</c>, <c>buildah</c>, <c>docker</c>.</summary>
    string Name { get; }

    /// <summary>Whether it can build here and now, and what it offers. Touches neither store nor network.</summary>
    Task<BuilderInfo> DescribeAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Builds. Events come in this order: <see cref="Events.BuildStarted"/>, then for each stage StageStarted, for each instruction
    /// InstructionStarted, outputs, InstructionCompleted, then StageCompleted; stages that do not need each other interleave. Exactly one
    /// terminal event, BuildCompleted or BuildFailed, comes last. An error in the arguments throws before any event.
    /// </summary>
    /// <exception cref="Errors.ZLayerException">
    /// DockerfileSyntaxError, BuildStepInvalid, ConsentRequired, BuildStepFailed, BuilderUnavailable, or what a registry or the store
    /// throws.
    /// </exception>
    Task<BuildResult> BuildAsync(
        BuildOptions options, IProgress<Events.BuildEvent>? events = null, CancellationToken cancellationToken = default);

    /// <summary>Pushes one tag to the registry that it names.</summary>
    Task<PushResult> PushImageAsync(
        ImageReference image, RegistryCredential? credential = null, CancellationToken cancellationToken = default);

    /// <summary>Gives a local image another name.</summary>
    Task TagImageAsync(string image, ImageReference tag, CancellationToken cancellationToken = default);

    /// <summary>Makes an empty manifest list in the store.</summary>
    Task CreateManifestAsync(ImageReference name, CancellationToken cancellationToken = default);

    /// <summary>Adds a local image, with all its platforms, to a manifest list.</summary>
    Task AddManifestAsync(ImageReference list, string image, CancellationToken cancellationToken = default);

    /// <summary>Pushes a manifest list and every image that it refers to.</summary>
    Task<PushResult> PushManifestAsync(
        ImageReference list, ImageReference destination, RegistryCredential? credential = null, CancellationToken cancellationToken = default);

    /// <summary>Writes an image as an OCI layout tar; false when the backend declines.</summary>
    Task<bool> ExportOciArchiveAsync(string image, string path, CancellationToken cancellationToken = default);
}
