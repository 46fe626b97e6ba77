using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Storage;

/// <summary>
/// Where output goes that a person named a path for. A regular file is made beside its place and replaces what is there when it is whole; a
/// link is followed, so that it is its target that is replaced. A pipe, and what this process has open (<c>/dev/stdout</c>), is written
/// into. A device or a socket is refused, as docker does: to replace it would take it from everybody else on the machine, and to write an
/// archive over a disk is never meant. A link that somebody else put into a directory like /tmp is refused, as the kernel does
/// (<c>fs.protected_symlinks</c>).
/// </summary>
/// <param name="Path">The path, links followed.</param>
/// <param name="IsStream">Whether it is written into as it is; else it is replaced.</param>
internal readonly record struct OutputPlace(string Path, bool IsStream)
{
    /// <summary>Looks at a path.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="action">What is done, for the error: <c>export the container 'web'</c>.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArgument for a device, socket or directory; AccessDenied for another user's link, and where the path may not be looked at.
    /// </exception>
    /// <exception cref="IOException">It is a link that leads in a circle.</exception>
    public static OutputPlace Of(string path, string action)
    {
        var target = UserFile.Follow(path) ?? throw new IOException($"Its links lead in a circle: '{path}'");
        return IsWrittenInto(path, action) ? new OutputPlace(path, IsStream: true) : new OutputPlace(target, IsStream: false);
    }

    /// <summary>Whether what is at a path is written into as it is.</summary>
    /// <inheritdoc cref="Of"/>
    public static bool IsStreamAt(string path, string action)
    {
        // Refuses links that are not to be followed, also where the kernel would.
        _ = UserFile.Follow(path);
        return IsWrittenInto(path, action);
    }

    /// <summary>Opens a place that is written into. Where it is a pipe, the wait for who reads it can be cancelled.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public Stream OpenStream(CancellationToken cancellationToken)
        => UserFile.TryGetDescriptor(Path, out var descriptor)
            ? PipeStream.OfProcess(descriptor, Path, forWriting: true, cancellationToken)
            : PipeStream.OpenWriter(Path, cancellationToken);

    private static bool IsWrittenInto(string path, string action) => KindOf(path, action) switch
    {
        FileKind.Device => throw Refuse(path, action, "it is a device"),
        FileKind.Socket when !UserFile.TryGetDescriptor(path, out _) => throw Refuse(path, action, "it is a socket"),
        FileKind.Directory => throw Refuse(path, action, "it is a directory"),
        FileKind.Pipe or FileKind.Socket => true,
        FileKind.Regular => OperatingSystem.IsLinux() && UserFile.TryGetDescriptor(path, out _),
        _ => false,
    };

    // Other systems do not tell; what is below /dev is no regular file there.
    private static FileKind KindOf(string path, string action)
        => OperatingSystem.IsLinux() ? KindOnLinux(path, action)
            : Directory.Exists(path) ? FileKind.Directory
            : !OperatingSystem.IsWindows() && path.StartsWith("/dev/", StringComparison.Ordinal) ? FileKind.Device
            : File.Exists(path) ? FileKind.Regular
            : FileKind.None;

    // That it may not be looked at does not mean that nothing is there.
    private static FileKind KindOnLinux(string path, string action)
    {
        var kind = LinuxFiles.KindOf(path);
        return kind == FileKind.None && SystemCalls.LastError == SystemErrors.AccessDenied
            ? throw SystemErrors.ToException($"Cannot {action} to '{path}'", path, SystemErrors.AccessDenied, isWrite: true)
            : kind;
    }

    private static ZLayerException Refuse(string path, string action, string why)
        => new(ZLayerErrorKind.InvalidArgument, $"Cannot {action} to '{path}': {why}.")
        {
            Subject = path,
            Advice = "Name a file, or a pipe that is read.",
        };
}
