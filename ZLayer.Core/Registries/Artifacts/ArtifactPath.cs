using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries.Artifacts;

/// <summary>Where the files of an artifact go. Titles come from whoever published it, so that they are not trusted.</summary>
internal static class ArtifactPath
{
    // NAME_MAX of Linux in bytes, and less than its PATH_MAX, which counts the directory as well.
    private const int MaximumName = 255;
    private const int MaximumTitle = 2048;
    private const int MaximumDepth = 128;
    private const int MaximumShown = 80;

    /// <summary>The path for a title below a directory; a file without one is named by its digest.</summary>
    public static string Resolve(string directory, string? title, Digest digest, ImageReference reference)
    {
        if (string.IsNullOrEmpty(title))
        {
            return Path.Combine(directory, digest.Hex);
        }

        if (title.Length > MaximumTitle || title.Split('/').Any(part => Encoding.UTF8.GetByteCount(part) > MaximumName))
        {
            throw Refused(reference, title, "its name is longer than a file's can be");
        }

        if (title.Any(char.IsControl))
        {
            throw Refused(reference, title, "its name holds control characters");
        }

        var parts = title.Split('/');
        // A backslash or colon would be a way out on Windows.
        if (parts.Any(part => part is "" or "." or ".." || part.AsSpan().IndexOfAny('\\', ':', '\0') >= 0))
        {
            throw Refused(reference, title, "it leads out of the directory");
        }

        if (parts.Length > MaximumDepth)
        {
            throw Refused(reference, title, $"it lies more than {MaximumDepth} directories deep");
        }

        var path = directory;
        foreach (var part in parts[..^1])
        {
            path = Path.Combine(path, part);
            if (new DirectoryInfo(path).LinkTarget is not null)
            {
                throw Refused(reference, title, $"{path} is a link");
            }

            // Below what is not there is nothing to look at.
            if (!Directory.Exists(path))
            {
                break;
            }
        }

        return Path.Combine([directory, .. parts]);
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
                Advice = $"Choose another directory, or allow it to be replaced with {DoorWords.Of("--force", "-Force")}.",
            };
        }

        // A link is replaced and not followed: the name was chosen by whoever published the artifact.
        if (new FileInfo(path).LinkTarget is null && OutputPlace.IsStreamAt(path, "fetch a file"))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"{path} is a pipe, which is not replaced.")
            {
                Subject = path,
                Advice = "Choose another directory.",
            };
        }
    }

    /// <summary>
    /// Makes sure that no file would take the place of another of the same artifact, or of a directory that another needs.
    /// </summary>
    /// <param name="paths">The paths of all files.</param>
    /// <param name="reference">The artifact.</param>
    /// <exception cref="ZLayerException">InvalidManifest.</exception>
    public static void CheckDistinct(IReadOnlyCollection<string> paths, ImageReference reference)
    {
        var comparer = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
        var files = new HashSet<string>(comparer);
        foreach (var path in paths)
        {
            if (!files.Add(path))
            {
                throw Refused(reference, Path.GetFileName(path), "the artifact has two files of that name");
            }
        }

        var directories = new HashSet<string>(comparer);
        foreach (var path in paths)
        {
            for (var parent = Path.GetDirectoryName(path); !string.IsNullOrEmpty(parent)
                && directories.Add(parent); parent = Path.GetDirectoryName(parent))
            {
                if (files.Contains(parent))
                {
                    throw Refused(reference, Path.GetFileName(parent), "another file of the artifact lies in a directory of that name");
                }
            }
        }
    }

    private static ZLayerException Refused(ImageReference reference, string title, string why)
        => new(ZLayerErrorKind.InvalidManifest, $"The file '{Show(title)}' of {reference.ToFamiliarString()} is not fetched: {why}.")
        {
            Subject = reference.ToString(),
            Advice = "Do not trust an artifact that tries to write elsewhere.",
        };

    private static string Show(string title)
    {
        var text = string.Concat(title.Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return text.Length > MaximumShown ? text[..MaximumShown] + "…" : text;
    }
}
