using ZLayer.Core.Errors;

namespace ZLayer.Core.Images;

/// <summary>
/// Paths of Windows images as Dockerfiles write them: with either slash, with the drive letter of the system drive or without. Within a
/// build they have <c>/</c> and no drive, as all paths of trees.
/// </summary>
internal static class WindowsPaths
{
    // What no file name on Windows holds; a layer with such a name cannot be applied.
    private const string ForbiddenCharacters = "<>:\"|?*\\";

    /// <summary>The path with <c>/</c> and without drive letter; a trailing slash stays.</summary>
    /// <param name="path">The path as written.</param>
    /// <exception cref="ZLayerException">BuildStepInvalid: another drive than C:, a drive alone, or a UNC path.</exception>
    public static string Normalize(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var text = path.Replace('\\', '/');
        if (text.StartsWith("//", StringComparison.Ordinal))
        {
            throw Invalid(path, "UNC paths have no place in an image");
        }

        if (text.Length < 2 || text[1] != ':' || !char.IsAsciiLetter(text[0]))
        {
            return text;
        }

        return text[0] is not ('c' or 'C') ? throw Invalid(path, "an image has no drive but C:")
            : text.Length == 2 ? throw Invalid(path, "a drive alone is not a path")
            : text[2..];
    }

    /// <summary>As <see cref="Normalize"/>, for a path that a layer is to hold.</summary>
    /// <param name="path">The path as written.</param>
    /// <exception cref="ZLayerException">BuildStepInvalid: as <see cref="Normalize"/>, or a name in it is none on Windows.</exception>
    public static string NormalizeNew(string path)
    {
        var text = Normalize(path);
        var reason = text.Split('/').Where(name => name is not ("." or "..")).Select(Refuse).FirstOrDefault(r => r is not null);
        return reason is null ? text : throw Invalid(path, reason);
    }

    /// <summary>
    /// The directory that WORKDIR makes of the current one, with <c>\</c> and without drive letter, as the Windows runtime wants it.
    /// </summary>
    /// <param name="current">The current directory; null for the root.</param>
    /// <param name="path">The path as written.</param>
    /// <exception cref="ZLayerException">As <see cref="NormalizeNew"/>.</exception>
    public static string ResolveDirectory(string? current, string path)
        => ConfigInstructions.ResolveDirectory(string.IsNullOrEmpty(current) ? null : Normalize(current), NormalizeNew(path))
            .Replace('/', '\\');

    /// <summary>Why a file of this name cannot be in a Windows image; null when it can.</summary>
    /// <param name="name">One segment of a path.</param>
    public static string? Refuse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var forbidden = name.FirstOrDefault(c => c < ' ' || ForbiddenCharacters.Contains(c, StringComparison.Ordinal));
        return forbidden != 0 ? $"Windows has no file names with '{(forbidden < ' ' ? $"\\x{(int)forbidden:x2}" : forbidden)}'"
            : name.EndsWith('.') || name.EndsWith(' ') ? "Windows has no file names that end with a dot or a space"
            : null;
    }

    private static ZLayerException Invalid(string path, string why)
        => new(ZLayerErrorKind.BuildStepInvalid, $"'{path}' is not a path of a Windows image: {why}.")
        {
            Advice = "Write a path such as 'C:\\app' or '/app'.",
        };
}
