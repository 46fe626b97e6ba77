using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Files;

// Archives that the caller makes or reads.
public static partial class ContainerCopy
{
    /// <summary>Extracts a tar in a directory of a container.</summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="archive">The tar, read to its end.</param>
    /// <param name="containerPath">The directory in the container, or a symbolic link to one; a relative path starts at its root.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the copying; what was copied stays.</param>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; ContainerPathNotFound when there is no such directory; InvalidArgument when it is no directory, an entry would
    /// turn a directory into a file or the other way round, or the container's file system is read-only.
    /// </exception>
    public static async Task CopyArchiveToContainerAsync(
        this IContainerFiles files, string container, Stream archive, string containerPath, ContainerCopyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(containerPath);
        ArgumentNullException.ThrowIfNull(options);
        var (wanted, there) = await FindDestinationAsync(files, container, containerPath, cancellationToken).ConfigureAwait(false);
        if (there is not { Mode.IsDirectory: true })
        {
            // An archive is the contents of a directory: it never becomes a file, and makes no directory.
            RequireFit(
                isDirectory: true, there is not null, wanted with { IsContents = true, IsDirectory = true }, containerPath, ZLayerErrorKind.ContainerPathNotFound);
        }

        await files.PutArchiveAsync(
            container, wanted.Full, archive, new ArchivePutOptions { NoOverwriteDirNonDir = true, CopyOwner = options.PreserveOwner }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a file or directory of a container as a tar.</summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="containerPath">The path in the container; a relative one starts at its root.</param>
    /// <param name="archive">Where the tar goes to. It stays open.</param>
    /// <param name="options">How; the owners are always those in the container.</param>
    /// <param name="cancellationToken">Stops the copying in the middle of the tar.</param>
    /// <exception cref="ZLayerException">ContainerNotFound; ContainerPathNotFound.</exception>
    public static async Task CopyArchiveFromContainerAsync(
        this IContainerFiles files, string container, string containerPath, Stream archive, ContainerCopyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(containerPath);
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(options);
        var asked = await FollowAsync(
            files, container, CopyPath.InContainer(containerPath), options.FollowLink, cancellationToken).ConfigureAwait(false);
        var content = await files.GetArchiveAsync(container, asked, cancellationToken).ConfigureAwait(false);
        await using var closing = content.ConfigureAwait(false);
        await content.CopyToAsync(archive, cancellationToken).ConfigureAwait(false);
    }
}
