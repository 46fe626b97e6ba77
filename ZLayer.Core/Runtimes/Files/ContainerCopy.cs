using System.IO.Pipelines;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Copies files between this machine and containers by the rules of <c>docker cp</c>: into a directory that exists; else under the name of
/// the destination, whose parent must exist. A path that ends with <c>/.</c> means what is in a directory; a separator at the end insists
/// on a directory. Archives stream: nothing is kept in memory or in a temporary file.
/// </summary>
public static partial class ContainerCopy
{
    private const int PipeSize = 4 * 1024 * 1024;

    /// <summary>Copies a file or directory of this machine into a container.</summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="path">An absolute path of this machine.</param>
    /// <param name="containerPath">The path in the container; a relative one starts at its root.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the copying; what was copied stays.</param>
    /// <exception cref="ZLayerException">
    /// PathNotFound; ContainerNotFound; ContainerPathNotFound when the destination's parent does not exist; InvalidArgument when a
    /// directory would become a file or the other way round, or the container's file system is read-only; AccessDenied, StorageReadFailed
    /// for files that cannot be read.
    /// </exception>
    public static async Task CopyToContainerAsync(
        this IContainerFiles files, string container, string path, string containerPath, ContainerCopyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(containerPath);
        ArgumentNullException.ThrowIfNull(options);
        var source = CopyPath.OnHost(path);
        var (sourcePath, isDirectory) = FindSource(source, path, options.FollowLink);
        var target = await FindTargetAsync(files, container, containerPath, source, isDirectory, cancellationToken).ConfigureAwait(false);
        await PutAsync(
            files, container, target.Directory, $"'{path}'", (output, stop) => Walk(
                output, sourcePath, target.EntryPath, options, stop), options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a file or directory of a container to this machine. The container is not trusted: nothing outside of the destination
    /// is touched. When it fails, each file is whole, or as it was before, or not there.</summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="containerPath">The path in the container; a relative one starts at its root.</param>
    /// <param name="path">An absolute path of this machine.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the copying; what was copied stays, whole files all of them.</param>
    /// <returns>The path of what was made, or of the directory that it was copied into when contents were asked for.</returns>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; ContainerPathNotFound; PathNotFound when the destination's parent does not exist; InvalidArgument when a
    /// directory would become a file; FileExists when a directory would have to be replaced; InvalidArchive for an archive that tries to
    /// escape or ends too early; RuntimeUnavailable when the connection to the runtime breaks; AccessDenied, StorageFull,
    /// StorageWriteFailed.
    /// </exception>
    public static async Task<string> CopyFromContainerAsync(
        this IContainerFiles files, string container, string containerPath, string path, ContainerCopyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(containerPath);
        ArgumentNullException.ThrowIfNull(options);
        var source = CopyPath.InContainer(containerPath);
        var asked = await FollowAsync(files, container, source, options.FollowLink, cancellationToken).ConfigureAwait(false);
        var archive = await files.GetArchiveAsync(container, asked, cancellationToken).ConfigureAwait(false);
        await using var closing = archive.ConfigureAwait(false);
        return await Task.Run(
            () => Extract(archive, source, path, options, cancellationToken), CancellationToken.None).ConfigureAwait(false);
    }

    internal static ZLayerException Missing(string path)
        => new(ZLayerErrorKind.PathNotFound, $"Copying '{path}': there is no such file or directory.") { Subject = path };

    private static (string Path, bool IsDirectory) FindSource(CopyPath source, string path, bool followLink)
    {
        var follow = followLink || source.IsDirectory;
        var resolved = follow ? HostPath.Resolve(source.Full) : source.Full;
        if (!HostPath.Exists(resolved))
        {
            throw Missing(path);
        }

        var isDirectory = HostPath.IsDirectory(resolved) && (follow || !HostPath.IsLink(resolved));
        return source.IsDirectory && !isDirectory
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Copying '{path}': it is not a directory.") { Subject = path }
            : (resolved, isDirectory);
    }

    /// <summary>Where in the container the archive is extracted, and under which name what is copied stands in the archive.</summary>
    private static async Task<(string Directory, string EntryPath)> FindTargetAsync(
        IContainerFiles files, string container, string containerPath, CopyPath source, bool isDirectory, CancellationToken cancellationToken)
    {
        var (wanted, there) = await FindDestinationAsync(files, container, containerPath, cancellationToken).ConfigureAwait(false);
        if (there is { Mode.IsDirectory: true })
        {
            return (wanted.Full, source.IsContents ? "" : source.Name);
        }

        RequireFit(isDirectory, there is not null, wanted, containerPath, ZLayerErrorKind.ContainerPathNotFound);
        if (there is null)
        {
            var parent = await TryGetStatAsync(files, container, wanted.Parent, cancellationToken).ConfigureAwait(false);
            RequireParent(
                parent is { Mode: { IsDirectory: true } or { IsSymbolicLink: true } }, wanted.Parent, containerPath, ZLayerErrorKind.ContainerPathNotFound);
        }

        return (wanted.Parent, wanted.Name);
    }

    /// <summary>The destination in a container, a symbolic link followed, and what is there; null for nothing.</summary>
    private static async Task<(CopyPath Path, PathStat? There)> FindDestinationAsync(
        IContainerFiles files, string container, string containerPath, CancellationToken cancellationToken)
    {
        var wanted = CopyPath.InContainer(containerPath);
        var there = await TryGetStatAsync(files, container, wanted.Full, cancellationToken).ConfigureAwait(false);
        if (there is not { Mode.IsSymbolicLink: true })
        {
            return (wanted, there);
        }

        wanted = Follow(wanted, there.LinkTarget) with { IsContents = wanted.IsContents, IsDirectory = wanted.IsDirectory };
        return (wanted, await TryGetStatAsync(files, container, wanted.Full, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<PathStat?> TryGetStatAsync(
        IContainerFiles files, string container, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await files.GetPathStatAsync(container, path, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerPathNotFound)
        {
            return null;
        }
    }

    private static CopyPath Follow(CopyPath link, string target)
        => CopyPath.InContainer(target.StartsWith('/') ? target : CopyPath.Join(link.Parent, target));

    /// <summary>A directory never becomes a file, and a file becomes no directory.</summary>
    private static void RequireFit(bool isDirectory, bool exists, CopyPath wanted, string path, ZLayerErrorKind missing)
    {
        if (exists && (isDirectory || wanted.IsDirectory))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Copying to '{path}': it is not a directory.")
            {
                Subject = path,
                Advice = "Name a directory, or a path that does not exist.",
            };
        }

        if (!exists && wanted.IsDirectory && (!isDirectory || wanted.IsContents))
        {
            throw new ZLayerException(missing, $"Copying to '{path}': there is no such directory.")
            {
                Subject = path,
                Advice = "Make the directory first.",
            };
        }
    }

    private static void RequireParent(bool isDirectory, string parent, string path, ZLayerErrorKind missing)
    {
        if (!isDirectory)
        {
            throw new ZLayerException(missing, $"Copying to '{path}': there is no directory '{parent}'.")
            {
                Subject = parent,
                Advice = "Make the directory first.",
            };
        }
    }

    /// <summary>Extracts an archive in a container while it is written.</summary>
    private static async Task PutAsync(
        IContainerFiles files, string container, string directory, string what, Action<LayerTarWriter, CancellationToken> write, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(
            new PipeOptions(
                pauseWriterThreshold: PipeSize, resumeWriterThreshold: PipeSize / 2, minimumSegmentSize: 1 << 16, useSynchronizationContext: false));
        using var receiverGone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = Task.Run(() => WriteArchiveAsync(pipe.Writer, write, options.Progress, receiverGone.Token), CancellationToken.None);
        try
        {
            var archive = pipe.Reader.AsStream();
            await using (archive.ConfigureAwait(false))
            {
                await files.PutArchiveAsync(
                    container, directory, archive, new ArchivePutOptions { NoOverwriteDirNonDir = true }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            await receiverGone.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            // A file that cannot be read ends the request too: then that is the reason, not the request.
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw writing.Exception?.InnerException as ZLayerException ?? failure as ZLayerException ?? new ZLayerException(
                ZLayerErrorKind.RuntimeUnavailable, $"Copying {what} into the container '{container}': {failure.Message}", failure) { Subject = container };
        }

        await writing.ConfigureAwait(false);
    }

    private static async Task WriteArchiveAsync(
        PipeWriter pipe, Action<LayerTarWriter, CancellationToken> write, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var output = new ArchiveOutput(pipe, progress, cancellationToken);
            await using (output.ConfigureAwait(false))
            {
                using var writer = new LayerTarWriter(output);
                write(writer, cancellationToken);
                writer.Complete();
            }

            await pipe.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await pipe.CompleteAsync(e).ConfigureAwait(false);
            throw;
        }
    }

    private static void Walk(
        LayerTarWriter writer, string path, string entryPath, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
        {
            new HostWalk(writer, options.PreserveOwner, cancellationToken).Write(path, entryPath);
        }
        else
        {
            new PortableWalk(writer, options.PreserveOwner, cancellationToken).Write(path, entryPath);
        }
    }
}
