using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>
/// Makes a layer of what changed in an overlay mount: its upper directory. Entries are sorted by the components of their
/// paths, a directory stands before its content, and of several hard links to a file the first is the file. Whiteouts and
/// opaque directories become the marks of the OCI image specification ("Whiteouts"). Sockets are left out, as Docker does.
/// </summary>
/// <remarks>Of the extended attributes a layer keeps <c>security.capability</c> and <c>user.*</c>, never those of overlayfs.</remarks>
internal static class LayerDiff
{
    /// <summary>Writes the entries of an upper directory. The directory itself gets no entry, and the stream is not completed.</summary>
    /// <param name="upperDirectory">The upper directory; nothing may write to it meanwhile.</param>
    /// <param name="writer">Where the entries go.</param>
    /// <param name="options">What to leave out and how to write times.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.PathNotFound"/> when there is no such directory,
    /// <see cref="ZLayerErrorKind.StorageReadFailed"/> when a file cannot be read or changes meanwhile,
    /// <see cref="ZLayerErrorKind.AccessDenied"/> when one may not be read,
    /// <see cref="ZLayerErrorKind.OperationNotSupported"/> when the mount used overlayfs' redirect_dir or metacopy, whose changes are not
    /// all in the directory.</exception>
    public static void Write(
        string upperDirectory, LayerTarWriter writer, LayerDiffOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upperDirectory);
        ArgumentNullException.ThrowIfNull(writer);
        var root = LinuxFiles.OpenDirectory(upperDirectory);
        if (root < 0)
        {
            throw SystemCalls.LastError is SystemErrors.NotFound or SystemErrors.NotDirectory
                ? new ZLayerException(ZLayerErrorKind.PathNotFound, $"Making a layer of '{upperDirectory}': there is no such directory.")
                {
                    Subject = upperDirectory,
                }
                : LinuxFiles.Failure("Opening", upperDirectory, isWrite: false);
        }

        try
        {
            new UpperDirectoryWalk(writer, options ?? new LayerDiffOptions(), cancellationToken).WriteContent(root, "");
        }
        finally
        {
            LinuxFiles.Close(root);
        }
    }
}
