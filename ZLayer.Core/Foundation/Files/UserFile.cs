using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// Files that people name, which need not be regular ones: <c>/dev/stdin</c>, a named pipe, what a shell makes of <c>&lt;(…)</c>. To wait
/// for whoever is at the other end can be cancelled.
/// </summary>
public static class UserFile
{
    // As many as the kernel follows in one path.
    private const int MaximumLinks = 40;

    /// <summary>
    /// Opens a file to be read once from its beginning to its end. A regular file can be positioned, anything else cannot.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends each wait for somebody to write to a pipe, also while the stream is read.</param>
    /// <exception cref="IOException">It does not exist (<see cref="FileNotFoundException"/>), or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static Stream OpenRead(string path, CancellationToken cancellationToken = default)
    {
        if (OperatingSystem.IsLinux())
        {
            // A name with a NUL is no name of any file: the class library says so.
            var descriptor = path.Contains('\0', StringComparison.Ordinal) ? -1 : PipeStream.Open(path, forWriting: false);
            if (descriptor >= 0)
            {
                if (LinuxFiles.KindOf(descriptor) is not (FileKind.Regular or FileKind.Directory))
                {
                    return PipeStream.Reader(descriptor, path, cancellationToken);
                }

                _ = SystemCalls.Close(descriptor);
            }
            else if (SystemCalls.LastError == SystemErrors.NoSuchDeviceOrAddress && TryGetDescriptor(path, out var own))
            {
                // A socket cannot be opened again by its path.
                return PipeStream.OfProcess(own, path, forWriting: false, cancellationToken);
            }
        }

        return new FileStream(
            path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.SequentialScan, BufferSize = 0 });
    }

    /// <summary>Opens standard input.</summary>
    /// <param name="cancellationToken">Ends each wait for somebody to write to it.</param>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream OpenStandardInput(CancellationToken cancellationToken = default)
        => OperatingSystem.IsLinux()
            ? PipeStream.OfProcess(0, "standard input", forWriting: false, cancellationToken)
            : Console.OpenStandardInput();

    /// <summary>All of standard input, of which nobody has promised that it ends.</summary>
    /// <param name="maximumSize">How many bytes are allowed.</param>
    /// <param name="cancellationToken">Ends each wait for somebody to write to it.</param>
    /// <exception cref="ZLayerException">InvalidArgument when it is longer.</exception>
    /// <exception cref="IOException">It is closed.</exception>
    public static Task<byte[]> ReadStandardInputAsync(int maximumSize, CancellationToken cancellationToken = default)
        => Task.Run(
            () =>
            {
                using var input = OpenStandardInput(cancellationToken);
                try
                {
                    return BoundedFile.Read(input, "standard input", maximumSize);
                }
                catch (FileTooLongException e)
                {
                    throw new ZLayerException(
                        ZLayerErrorKind.InvalidArgument, $"Standard input is longer than {maximumSize / 1024} KiB.", e)
                    {
                        Subject = "standard input",
                        Advice = "Check that it is the right input.",
                    };
                }
            },
            cancellationToken);

    /// <summary>Whether a path leads to the standard output of this process, as <c>/dev/stdout</c> does.</summary>
    /// <param name="path">An absolute path.</param>
    public static bool IsStandardOutput(string path)
        => OperatingSystem.IsLinux() && TryGetDescriptor(path, out var descriptor) && descriptor == 1;

    /// <summary>Whether a path leads to a descriptor that this process was given, as <c>/dev/stdout</c> does.</summary>
    internal static bool TryGetDescriptor(string path, out int descriptor)
    {
        var current = path;
        for (var links = 0; links < MaximumLinks; links++)
        {
            if (Path.GetDirectoryName(current) is "/dev/fd" or "/proc/self/fd" or "/proc/thread-self/fd"
                && int.TryParse(Path.GetFileName(current), NumberStyles.None, CultureInfo.InvariantCulture, out descriptor))
            {
                return true;
            }

            if (Next(current) is not { } next)
            {
                break;
            }

            current = next;
        }

        descriptor = -1;
        return false;
    }

    /// <summary>
    /// Follows the links at the end of a path: to what is there, or to the place where nothing is yet. Null where they lead in a circle.
    /// </summary>
    /// <exception cref="ZLayerException">AccessDenied for a link that somebody else put into a directory like /tmp.</exception>
    internal static string? Follow(string path)
    {
        var current = path;
        for (var links = 0; links <= MaximumLinks; links++)
        {
            if (Next(current) is not { } next)
            {
                return current;
            }

            current = next;
        }

        return null;
    }

    /// <summary>
    /// Whether a path is a symbolic link, which then may be followed. The kernel follows none that somebody else put into a directory that
    /// everybody may write to, unless that is switched off (<c>fs.protected_symlinks</c>); what follows links by itself has to ask. It is
    /// asked before the link is read: what is no link yet is not followed, and nobody can exchange a link there that is not his.
    /// </summary>
    /// <exception cref="ZLayerException">AccessDenied for such a link.</exception>
    internal static bool IsLink(string path)
    {
        var name = Path.TrimEndingDirectorySeparator(path);
        if (!OperatingSystem.IsLinux())
        {
            return LinkTarget(name) is not null;
        }

        if (LinuxFiles.Status(name) is not { Type: LinuxFileStatus.SymbolicLink } link)
        {
            return false;
        }

        // What fs.protected_symlinks is about: somebody else's link in a directory like /tmp.
        const uint StickyAndWritableByAll = 0x202;
        var isForeign = link.Uid != SystemCalls.EffectiveUser()
            && LinuxFiles.Status(Path.GetDirectoryName(name) is { Length: > 0 } parent ? parent : ".", follow: true) is { } directory
            && (directory.Mode & StickyAndWritableByAll) == StickyAndWritableByAll && link.Uid != directory.Uid;
        return !isForeign ? true : throw new ZLayerException(
            ZLayerErrorKind.AccessDenied, $"The symbolic link '{name}' is not followed: another user made it, in a directory that everybody may write to.")
        {
            Subject = name,
            Advice = "Name the file itself, or one in a directory that is yours alone.",
        };
    }

    /// <summary>The text of a link itself; null where there is none.</summary>
    internal static string? LinkTarget(string path)
        => OperatingSystem.IsLinux() ? LinuxFiles.ReadLink(path) : new FileInfo(path).LinkTarget;

    private static string? Next(string path)
        => IsLink(path) && LinkTarget(Path.TrimEndingDirectorySeparator(path)) is { } target
            ? Path.GetFullPath(target, Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) ?? "/")
            : null;
}
