using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Artifacts;

/// <summary>Where the files of an artifact go. Titles come from whoever published it, so that they are not trusted.</summary>
internal static class ArtifactPath
{
    /// <summary>The path for a title below a directory; a file without one is named by its digest.</summary>
    public static string Resolve(string directory, string? title, Digest digest, ImageReference reference)
    {
        if (string.IsNullOrEmpty(title))
        {
            return Path.Combine(directory, digest.Hex);
        }

        var parts = title.Split('/');
        // A backslash or colon would be a way out on Windows.
        if (parts.Any(part => part is "" or "." or ".." || part.AsSpan().IndexOfAny('\\', ':', '\0') >= 0))
        {
            throw Refused(reference, title, "it leads out of the directory");
        }

        var path = directory;
        foreach (var part in parts[..^1])
        {
            path = Path.Combine(path, part);
            if (new DirectoryInfo(path).LinkTarget is not null)
            {
                throw Refused(reference, title, $"{path} is a link");
            }
        }

        return Path.Combine(path, parts[^1]);
    }

    /// <summary>Makes sure that a file may be made.</summary>
    /// <exception cref="ZLayerException">FileExists.</exception>
    public static void CheckFree(string path, bool overwrite)
    {
        if (!overwrite && Path.Exists(path))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"{path} exists already.")
            {
                Subject = path,
                Advice = "Choose another directory, or allow it to be replaced with -Force or --force.",
            };
        }
    }

    private static ZLayerException Refused(ImageReference reference, string title, string why)
        => new(ZLayerErrorKind.InvalidManifest, $"The file '{title}' of {reference.ToFamiliarString()} is not fetched: {why}.")
        {
            Subject = reference.ToString(),
            Advice = "Do not trust an artifact that tries to write elsewhere.",
        };
}
