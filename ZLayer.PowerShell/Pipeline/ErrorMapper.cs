using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Makes PowerShell's error records of exceptions. The error id is the name of the <see cref="ZLayerErrorKind"/>.</summary>
internal static class ErrorMapper
{
    /// <summary>The record of an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="target">What it was done to; null takes the exception's subject.</param>
    public static ErrorRecord ToErrorRecord(Exception exception, object? target = null)
    {
        if (exception is IContainsErrorRecord { ErrorRecord: { } record })
        {
            return record;
        }

        var known = exception as ZLayerException ?? Recognise(exception);
        var mapped = new ErrorRecord(known, known.Kind.ToString(), CategoryOf(known.Kind), target ?? known.Subject)
        {
            ErrorDetails = new ErrorDetails(Describe(known)) { RecommendedAction = known.AdviceFor(FrontDoor.PowerShell) ?? "" },
        };
        // The target is an object and exact; its name is for some of the error views.
        mapped.CategoryInfo.TargetName = DisplayText.Line(mapped.CategoryInfo.TargetName);
        return mapped;
    }

    /// <summary>The record for a text that is no image reference, such as an id where a registry is needed.</summary>
    /// <param name="text">The text.</param>
    public static ErrorRecord NotAReference(string text)
    {
        try
        {
            var reference = ImageReference.Parse(text);
            throw new InvalidOperationException($"'{reference}' is an image reference.");
        }
        catch (ZLayerException exception)
        {
            return ToErrorRecord(exception, text);
        }
    }

    /// <summary>
    /// Whether an exception is a failure of the work, to be written as an error, rather than a way in which the pipeline ends.
    /// </summary>
    /// <param name="exception">What was thrown by the engine.</param>
    public static bool IsFailure(Exception exception)
        => exception is HttpRequestException || ZLayerException.From(exception) is not null;

    /// <summary>The category of a kind.</summary>
    public static ErrorCategory CategoryOf(ZLayerErrorKind kind) => kind switch
    {
        ZLayerErrorKind.InvalidImageReference or ZLayerErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        ZLayerErrorKind.ImageNotFound or ZLayerErrorKind.ContainerNotFound or ZLayerErrorKind.ManifestNotFound
            or ZLayerErrorKind.ContainerPathNotFound or ZLayerErrorKind.PathNotFound or ZLayerErrorKind.RuntimeNotFound
            or ZLayerErrorKind.PlatformNotAvailable => ErrorCategory.ObjectNotFound,
        ZLayerErrorKind.RegistryAuthenticationFailed => ErrorCategory.AuthenticationError,
        ZLayerErrorKind.RegistryAccessDenied or ZLayerErrorKind.RegistryBlocked or ZLayerErrorKind.AccessDenied
            or ZLayerErrorKind.ConsentRequired => ErrorCategory.PermissionDenied,
        ZLayerErrorKind.RegistryRateLimited or ZLayerErrorKind.StorageFull or ZLayerErrorKind.ResourcesExhausted => ErrorCategory.LimitsExceeded,
        ZLayerErrorKind.RegistryUnreachable or ZLayerErrorKind.RuntimeUnavailable => ErrorCategory.ConnectionError,
        ZLayerErrorKind.RegistryTlsFailed => ErrorCategory.SecurityError,
        ZLayerErrorKind.RegistryError or ZLayerErrorKind.PushFailed or ZLayerErrorKind.BlobUploadFailed
            or ZLayerErrorKind.ManifestPutFailed or ZLayerErrorKind.RuntimeError => ErrorCategory.ResourceUnavailable,
        ZLayerErrorKind.RegistryProtocolError => ErrorCategory.ProtocolError,
        ZLayerErrorKind.DigestMismatch or ZLayerErrorKind.InvalidManifest or ZLayerErrorKind.InvalidArchive => ErrorCategory.InvalidData,
        ZLayerErrorKind.NameInUse or ZLayerErrorKind.FileExists => ErrorCategory.ResourceExists,
        ZLayerErrorKind.ImageInUse => ErrorCategory.ResourceBusy,
        ZLayerErrorKind.ContainerNotRunning or ZLayerErrorKind.ContainerRunning or ZLayerErrorKind.BuildStepInvalid or ZLayerErrorKind.OsVersionUnresolved
            or ZLayerErrorKind.InteractiveHostRequired => ErrorCategory.InvalidOperation,
        ZLayerErrorKind.OperationTimedOut => ErrorCategory.OperationTimeout,
        ZLayerErrorKind.DockerfileSyntaxError => ErrorCategory.ParserError,
        ZLayerErrorKind.BuildStepFailed or ZLayerErrorKind.CommandExitedNonZero or ZLayerErrorKind.ContainerNotReady => ErrorCategory.InvalidResult,
        ZLayerErrorKind.ContainerStartFailed or ZLayerErrorKind.CommandStartFailed => ErrorCategory.OpenError,
        ZLayerErrorKind.BuilderUnavailable => ErrorCategory.NotInstalled,
        ZLayerErrorKind.OperationNotSupported or ZLayerErrorKind.RuntimeApiTooOld => ErrorCategory.NotImplemented,
        ZLayerErrorKind.StorageReadFailed => ErrorCategory.ReadError,
        ZLayerErrorKind.StorageWriteFailed => ErrorCategory.WriteError,
        _ => ErrorCategory.NotSpecified,
    };

    private static string Describe(ZLayerException exception) => string.Join('\n', [exception.Message, .. exception.FurtherDetails]);

    // What the platform throws where the engine did not put it into words of its own.
    private static ZLayerException Recognise(Exception exception) => exception switch
    {
        OperationCanceledException or TimeoutException
            => new ZLayerException(ZLayerErrorKind.OperationTimedOut, "The operation did not finish in its time limit.", exception),
        HttpRequestException => new ZLayerException(ZLayerErrorKind.RegistryUnreachable, exception.Message, exception),
        _ => ZLayerException.From(exception)
            ?? new ZLayerException(ZLayerErrorKind.InternalError, $"{exception.GetType().Name}: {exception.Message}", exception),
    };
}
