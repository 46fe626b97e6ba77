namespace ZLayer.Core.Errors;

/// <summary>
/// What went wrong, for programs. Each name is also the stable PowerShell error id, so a member is never renamed.
/// </summary>
public enum ZLayerErrorKind
{
    /// <summary>A defect of ZLayer itself: a state that should not occur.</summary>
    InternalError = 0,

    /// <summary>An image reference does not follow the reference grammar.</summary>
    InvalidImageReference,
    /// <summary>An option or argument has a value that is not allowed, or clashes with another.</summary>
    InvalidArgument,

    /// <summary>No image of that name, digest or id is in the store or registry.</summary>
    ImageNotFound,
    /// <summary>No container of that name or id exists.</summary>
    ContainerNotFound,
    /// <summary>No manifest list of that name is in the store or registry.</summary>
    ManifestNotFound,
    /// <summary>A path does not exist inside a container.</summary>
    ContainerPathNotFound,
    /// <summary>A file or directory of the user does not exist.</summary>
    PathNotFound,
    /// <summary>No runtime of that name is known.</summary>
    RuntimeNotFound,
    /// <summary>An image index holds no manifest for the platform that was asked for.</summary>
    PlatformNotAvailable,

    /// <summary>The registry wants credentials, or refused the ones given (HTTP 401).</summary>
    RegistryAuthenticationFailed,
    /// <summary>The registry knows who asks and says no (HTTP 403, DENIED).</summary>
    RegistryAccessDenied,
    /// <summary>The registry limits the rate of requests (HTTP 429, TOOMANYREQUESTS).</summary>
    RegistryRateLimited,
    /// <summary>The registry's host cannot be resolved or connected to, or closed the connection.</summary>
    RegistryUnreachable,
    /// <summary>TLS negotiation or certificate validation failed.</summary>
    RegistryTlsFailed,
    /// <summary>The registry failed (HTTP 5xx) after all retries.</summary>
    RegistryError,
    /// <summary>The registry's answer does not follow the distribution specification.</summary>
    RegistryProtocolError,
    /// <summary>The configuration of this machine (registries.conf) forbids the registry.</summary>
    RegistryBlocked,

    /// <summary>An image cannot be pushed as it is: a part of it is missing in the store, or the wanted format cannot hold it.</summary>
    PushFailed,
    /// <summary>A registry did not take a blob; the message names digest and image.</summary>
    BlobUploadFailed,
    /// <summary>A registry did not take a manifest or index; the message names digest and image.</summary>
    ManifestPutFailed,

    /// <summary>Content does not have the digest or size that its descriptor promises.</summary>
    DigestMismatch,
    /// <summary>A manifest, index or config is not valid JSON or misses required members.</summary>
    InvalidManifest,
    /// <summary>An archive is damaged, of an unknown format, or tries to escape its root.</summary>
    InvalidArchive,

    /// <summary>The name is already taken.</summary>
    NameInUse,
    /// <summary>The file already exists and may not be replaced.</summary>
    FileExists,
    /// <summary>The image is used by a container or another image.</summary>
    ImageInUse,
    /// <summary>The operation needs a running container.</summary>
    ContainerNotRunning,
    /// <summary>The operation needs a container that does not run.</summary>
    ContainerRunning,

    /// <summary>
    /// A container's process cannot be started: the program is missing or not executable, a port is taken, a mount fails.
    /// </summary>
    ContainerStartFailed,
    /// <summary>A command cannot be started in a container: the program is missing or not executable.</summary>
    CommandStartFailed,
    /// <summary>A container ended or became unhealthy while its readiness was waited for.</summary>
    ContainerNotReady,

    /// <summary>The operation did not finish in its time limit.</summary>
    OperationTimedOut,
    /// <summary>A Dockerfile cannot be parsed; every problem found is in <see cref="ZLayerException.Details"/>.</summary>
    DockerfileSyntaxError,
    /// <summary>A build step cannot be carried out: a source is missing, leaves the context, a stage is unknown.</summary>
    BuildStepInvalid,
    /// <summary>A Dockerfile, or a trigger of a base image, asks for a privilege on this machine that the build was not allowed.</summary>
    ConsentRequired,
    /// <summary>Nothing says which version of Windows an image is for: neither the build nor its base image.</summary>
    OsVersionUnresolved,
    /// <summary>A RUN step ended with a non-zero exit code; the tail of its output is in <see cref="ZLayerException.Details"/>.</summary>
    BuildStepFailed,
    /// <summary>A command in a container ended with a non-zero exit code.</summary>
    CommandExitedNonZero,

    /// <summary>A program that the operation needs (an OCI runtime, git, a builder) is not installed.</summary>
    BuilderUnavailable,
    /// <summary>The runtime, backend or platform does not offer the operation.</summary>
    OperationNotSupported,
    /// <summary>The container engine does not answer: it is not running, its address is wrong, or the connection broke.</summary>
    RuntimeUnavailable,
    /// <summary>The container engine is too old for the operation, or ZLayer for the engine.</summary>
    RuntimeApiTooOld,
    /// <summary>The container engine failed (HTTP 5xx), or its answer does not follow its API.</summary>
    RuntimeError,
    /// <summary>The operating system denied access.</summary>
    AccessDenied,
    /// <summary>The disk or quota is full.</summary>
    StorageFull,
    /// <summary>Reading from the store or another file failed, or the store is damaged.</summary>
    StorageReadFailed,
    /// <summary>Writing to the store or another file failed.</summary>
    StorageWriteFailed,
    /// <summary>The operation needs an interactive terminal.</summary>
    InteractiveHostRequired,
    /// <summary>The machine, or a limit of the process, has no more memory or open files.</summary>
    ResourcesExhausted,
}
