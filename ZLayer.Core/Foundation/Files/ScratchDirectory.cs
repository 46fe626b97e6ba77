using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// The system's place for files that live for a moment (<c>TMPDIR</c>), for what cannot be in the data root, whose path may be long.
/// </summary>
internal static class ScratchDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a directory of its own that nobody else can look into.</summary>
    /// <param name="prefix">The beginning of its name.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="ZLayerException">PathNotFound, AccessDenied or StorageWriteFailed, naming the place.</exception>
    public static string Create(string prefix)
    {
        var place = Path.GetTempPath();
        try
        {
            // Not the framework's own call, whose error does not say which directory is missing.
            var path = Path.Combine(
                Directory.Exists(place)
                    ? place
                    : throw new DirectoryNotFoundException("There is no such directory."), prefix + Path.GetRandomFileName());
            return OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(path).FullName
                : Directory.CreateDirectory(path, Private).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var kind = e switch
            {
                DirectoryNotFoundException => ZLayerErrorKind.PathNotFound,
                UnauthorizedAccessException => ZLayerErrorKind.AccessDenied,
                _ => ZLayerErrorKind.StorageWriteFailed,
            };
            throw new ZLayerException(kind, $"The directory for temporary files, {place}, cannot be used: {e.Message}", e)
            {
                Subject = place,
                Advice = "Create it, or have TMPDIR name a directory that can be written.",
            };
        }
    }
}
