using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage;

/// <summary>Turns what the operating system says about files into errors that name the path and what to do.</summary>
internal static class StorageErrors
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceededLinux = 122;
    private const int QuotaExceededMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>True for the errors that <see cref="Writing"/> and <see cref="Reading"/> translate.</summary>
    public static bool IsFileError(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>True when a disk or a quota is full.</summary>
    public static bool IsFull(Exception error)
        => error is IOException
            && error.HResult is NoSpaceLeft or QuotaExceededLinux or QuotaExceededMac or WindowsDiskFull or WindowsHandleDiskFull;

    /// <summary>StorageFull, AccessDenied or StorageWriteFailed.</summary>
    /// <param name="action">What was attempted, as an infinitive with its object: <c>store sha256:…</c>.</param>
    /// <param name="path">The file or directory.</param>
    /// <param name="error">What the operating system said.</param>
    public static ZLayerException Writing(string action, string path, Exception error)
        => IsFull(error)
            ? new ZLayerException(ZLayerErrorKind.StorageFull, $"Cannot {action}: the disk that holds {path} is full.", error)
            {
                Subject = path,
                Advice = "Free space on that file system ('zlayer prune' or Clear-ZLayerStorage removes unused content), "
                    + "or use another data root with -Root, --root or ZLAYER_HOME.",
            }
            : error is UnauthorizedAccessException
                ? Denied(action, path, error)
                : new ZLayerException(ZLayerErrorKind.StorageWriteFailed, $"Cannot {action}: {error.Message}", error)
                {
                    Subject = path,
                    Advice = "Check the disk and its free space, then try again.",
                };

    /// <summary>AccessDenied or StorageReadFailed; see <see cref="Writing"/>.</summary>
    public static ZLayerException Reading(string action, string path, Exception error)
        => error is UnauthorizedAccessException
            ? Denied(action, path, error)
            : new ZLayerException(ZLayerErrorKind.StorageReadFailed, $"Cannot {action}: {error.Message}", error)
            {
                Subject = path,
                Advice = "Check the disk; content that is damaged is fetched again after it was removed.",
            };

    private static ZLayerException Denied(string action, string path, Exception error)
        => new(ZLayerErrorKind.AccessDenied, $"Cannot {action}: {error.Message}", error)
        {
            Subject = path,
            Advice = "Run as the user that owns the data root, or choose another one with -Root, --root or ZLAYER_HOME.",
        };
}
