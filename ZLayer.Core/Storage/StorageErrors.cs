using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage;

/// <summary>Turns what the operating system says about files into errors that name the path and what to do.</summary>
internal static class StorageErrors
{
    /// <summary>True for the errors that <see cref="Writing"/> and <see cref="Reading"/> translate.</summary>
    public static bool IsFileError(Exception error) => SystemErrors.IsSystemError(error);

    /// <summary>True when a disk or a quota is full.</summary>
    public static bool IsFull(Exception error) => SystemErrors.IsFull(error);

    /// <summary>StorageFull, AccessDenied or StorageWriteFailed.</summary>
    /// <param name="action">What was attempted, as an infinitive with its object: <c>store sha256:…</c>.</param>
    /// <param name="path">The file or directory.</param>
    /// <param name="error">What the operating system said.</param>
    public static ZLayerException Writing(string action, string path, Exception error)
        => IsFull(error)
            ? new ZLayerException(ZLayerErrorKind.StorageFull, $"Cannot {action}: the disk that holds {path} is full.", error)
            {
                Subject = path,
                Advice = $"Free space on that file system ({DoorWords.Of("'zlayer prune'", "Clear-ZLayerStorage")} removes unused content), "
                    + $"or use another data root with {DoorWords.Of("--root", "-Root")} or ZLAYER_HOME.",
            }
            : Translate(action, path, error, isWrite: true, "Check the disk and its free space, then try again.");

    /// <summary>AccessDenied or StorageReadFailed; see <see cref="Writing"/>.</summary>
    public static ZLayerException Reading(string action, string path, Exception error)
        => Translate(action, path, error, isWrite: false, "Check the disk; content that is damaged is fetched again after it was removed.");

    /// <summary>
    /// Lists what <paramref name="list"/> enumerates, again from the start where a signal interrupts it, as file systems in user space
    /// allow.
    /// </summary>
    /// <exception cref="ZLayerException">StorageReadFailed or AccessDenied, naming the directory.</exception>
    public static List<T> List<T>(string directory, Func<IEnumerable<T>> list)
    {
        while (true)
        {
            try
            {
                return [.. list()];
            }
            catch (Exception e) when (IsFileError(e))
            {
                if (SystemErrors.NumberOf(e) != SystemErrors.Interrupted)
                {
                    throw Reading($"list {directory}", directory, e);
                }
            }
        }
    }

    private static ZLayerException Translate(string action, string path, Exception error, bool isWrite, string advice)
    {
        var number = SystemErrors.NumberOf(error);
        var kind = SystemErrors.KindOf(number, isWrite);
        return new ZLayerException(kind, $"Cannot {action}: {SystemErrors.Words(error)}", error)
        {
            Subject = path,
            Advice = kind == ZLayerErrorKind.AccessDenied
                ? $"Run as the user that owns the data root, or choose another one with {DoorWords.Of("--root", "-Root")} or ZLAYER_HOME."
                : SystemErrors.AdviceFor(number) ?? advice,
        };
    }
}
