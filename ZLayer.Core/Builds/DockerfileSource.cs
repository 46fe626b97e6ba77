using System.Text;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Builds;

/// <summary>Finds and reads the Dockerfile of a build and the ignore file that goes with it.</summary>
internal static class DockerfileSource
{
    private static readonly string[] DefaultNames = ["Dockerfile", "Containerfile", "ZImagefile"];

    // The build argument that stands in for the file's check directive.
    private const string CheckArgument = "BUILDKIT_DOCKERFILE_CHECK";

    /// <summary>Reads and parses the Dockerfile.</summary>
    /// <param name="options">The build.</param>
    /// <param name="warn">
    /// Hears what the rules about the text say of a Dockerfile that has errors; one without them has its warnings.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for whoever writes to it, where the file is a pipe.</param>
    /// <exception cref="ZLayerException">
    /// PathNotFound when there is none; InvalidArgument when it leads out of the context; DockerfileSyntaxError.
    /// </exception>
    public static Dockerfile Read(
        BuildOptions options, Action<DockerfileWarning>? warn = null, CancellationToken cancellationToken = default)
    {
        var check = options.BuildArguments.TryGetValue(CheckArgument, out var rules) ? DockerfileCheckOptions.Parse(rules) : null;
        if (options.DockerfileText is { } text)
        {
            return Dockerfile.Parse(text, "Dockerfile", check, warn);
        }

        var path = FindPath(options);
        try
        {
            var content = Encoding.UTF8.GetString(ContextFile.Read(options.ContextDirectory, path, cancellationToken));
            return Dockerfile.Parse(content, DisplayName(options, path), check, warn);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ZLayerException(ZLayerErrorKind.PathNotFound, $"The Dockerfile cannot be read: {e.Message}", e)
            {
                Subject = path,
                Advice = $"Name the Dockerfile with {DoorWords.Of("--file", "-File")}.",
            };
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException("The Dockerfile cannot be read", path, e, isWrite: false);
        }
    }

    /// <summary>
    /// The Dockerfile of a context when nobody says: the first of its names, exactly so before in other case; as it is written on the disk,
    /// which may not care. Null when there is none.
    /// </summary>
    /// <param name="context">The context directory.</param>
    public static string? FindIn(string context)
        // The name that most have needs no look at the whole directory, where names that differ in case are others.
        => OperatingSystem.IsLinux() && Path.Combine(context, DefaultNames[0]) is var usual && File.Exists(usual) ? usual
            : !Directory.Exists(context) ? null
            : NamesIn(context)
                .Select(name => (Name: name, Rank: Array.FindIndex(
                    DefaultNames, known => known.Equals(name, StringComparison.OrdinalIgnoreCase))))
                .Where(found => found.Rank >= 0)
                .OrderBy(found => found.Rank)
                .ThenBy(found => found.Name != DefaultNames[found.Rank])
                .ThenBy(found => found.Name, StringComparer.Ordinal)
                .Select(found => Path.Combine(context, found.Name))
                .FirstOrDefault(File.Exists);

    // The framework's own list ends with an error where a signal comes while it is read.
    private static IEnumerable<string> NamesIn(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new DirectoryInfo(directory).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None })
                .Select(entry => entry.Name);
        }

        var descriptor = LinuxFiles.OpenDirectory(directory);
        if (descriptor < 0)
        {
            throw LinuxFiles.Failure("Listing", directory, isWrite: false);
        }

        using var open = new SafeFileHandle(descriptor, ownsHandle: true);
        return LinuxDirectory.ReadNames(descriptor, directory).ConvertAll(name => Encoding.UTF8.GetString(name.AsSpan(..^1)));
    }

    /// <summary>
    /// The ignore file of the context: <c>NAME.dockerignore</c> beside the Dockerfile, else <c>.dockerignore</c> (or
    /// <c>.containerignore</c>) in the context.
    /// </summary>
    public static IgnoreFile ReadIgnoreFile(BuildOptions options)
    {
        if (options.DockerfileText is null)
        {
            var specific = FindPath(options) + ".dockerignore";
            if (File.Exists(specific))
            {
                return ParseIgnoreFile(options.ContextDirectory, specific);
            }
        }

        return options.ContextDirectory is { } context ? ReadIgnoreFile(context) : IgnoreFile.Empty;
    }

    /// <summary>The ignore file of a named context's directory.</summary>
    public static IgnoreFile ReadIgnoreFile(string directory)
    {
        foreach (var name in (string[])[".containerignore", ".dockerignore"])
        {
            var path = Path.Combine(directory, name);
            if (File.Exists(path))
            {
                return ParseIgnoreFile(directory, path);
            }
        }

        return IgnoreFile.Empty;
    }

    private static IgnoreFile ParseIgnoreFile(string? context, string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            return IgnoreFile.Parse(Decode(ContextFile.Read(context, path)), name);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ZLayerException(ZLayerErrorKind.AccessDenied, $"The ignore file {name} cannot be read: {e.Message}", e)
            {
                Subject = path,
                Advice = "Let the user who builds read it, or remove it.",
            };
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"The ignore file {name} cannot be read", path, e, isWrite: false);
        }
    }

    // A byte order mark says how the text is encoded, and is no part of it.
    private static string Decode(byte[] content)
    {
        using var reader = new StreamReader(new MemoryStream(content), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string FindPath(BuildOptions options)
    {
        if (options.DockerfilePath is { } given)
        {
            return given;
        }

        if (options.ContextDirectory is not { } context)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "A build needs a context directory, a Dockerfile or the text of one.")
            {
                Advice = "Name the directory that holds the Dockerfile, such as '.'.",
            };
        }

        return FindIn(context)
            ?? throw new ZLayerException(
                ZLayerErrorKind.PathNotFound, $"There is no {string.Join(", ", DefaultNames[..^1])} or {DefaultNames[^1]} in {context}.")
            {
                Subject = context,
                Advice = $"Name the Dockerfile with {DoorWords.Of("--file", "-File")}.",
            };
    }

    private static string DisplayName(BuildOptions options, string path)
    {
        var relative = options.ContextDirectory is { } context ? Path.GetRelativePath(context, path) : path;
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
