using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

// What goes from one container to another.
public static partial class ContainerCopy
{
    /// <summary>Copies a file or directory of a container into another one. It streams: nothing is kept on this machine.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="containerPath">The path in it; a relative one starts at its root.</param>
    /// <param name="destination">The container to copy into, running or not.</param>
    /// <param name="destinationPath">The path in that; a relative one starts at its root.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the copying; what was copied stays.</param>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; ContainerPathNotFound for the source, and when the destination's parent does not exist; InvalidArgument when a
    /// directory would become a file or the other way round, or both containers are the same one; InvalidArchive for an archive that tries
    /// to escape.
    /// </exception>
    public static async Task CopyBetweenContainersAsync(
        this IContainerRuntime runtime, string container, string containerPath, string destination, string destinationPath, ContainerCopyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(containerPath);
        ArgumentNullException.ThrowIfNull(destinationPath);
        ArgumentNullException.ThrowIfNull(options);
        await RequireTwoAsync(runtime, container, destination, cancellationToken).ConfigureAwait(false);
        var source = CopyPath.InContainer(containerPath);
        var asked = await FollowAsync(runtime, container, source, options.FollowLink, cancellationToken).ConfigureAwait(false);
        var isDirectory = source.IsDirectory
            || (await runtime.GetPathStatAsync(container, asked, cancellationToken).ConfigureAwait(false)).Mode.IsDirectory;
        var target = await FindTargetAsync(
            runtime, destination, destinationPath, source, isDirectory, cancellationToken).ConfigureAwait(false);
        var archive = await runtime.GetArchiveAsync(container, asked, cancellationToken).ConfigureAwait(false);
        await using var closing = archive.ConfigureAwait(false);
        await PutAsync(
            runtime,
            destination,
            target.Directory,
            $"'{containerPath}' of the container '{container}'",
            (output, stop) => Rename(archive, source, output, target.EntryPath, options.PreserveOwner, stop),
            options,
            cancellationToken).ConfigureAwait(false);
    }

    // An engine locks a container while an archive goes in or out: both at once would wait for each other for ever.
    private static async Task RequireTwoAsync(
        IContainerRuntime runtime, string container, string destination, CancellationToken cancellationToken)
    {
        var from = await runtime.InspectContainerAsync(container, cancellationToken).ConfigureAwait(false);
        var to = await runtime.InspectContainerAsync(destination, cancellationToken).ConfigureAwait(false);
        if (from.Id == to.Id)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Copying from the container '{container}' to '{destination}': it is the same one.")
            {
                Subject = container,
                Advice = "Run cp in the container, or copy to this machine first.",
            };
        }
    }

    private static void Rename(
        Stream archive, CopyPath source, LayerTarWriter output, string entryPath, bool preserveOwner, CancellationToken cancellationToken)
    {
        using var input = new ArchiveInput(archive, progress: null, cancellationToken);
        using var reader = new LayerTarReader(input, leaveOpen: true);
        var first = FirstOf(reader, source);
        for (var entry = first; entry is not null; entry = reader.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var placed = Place(entry.Path, first.Path, entryPath);
            if (placed.Length > 0)
            {
                Write(output, reader.Content, entry with
                {
                    Path = placed,
                    LinkTarget = entry.Type == TarEntryType.HardLink ? Place(entry.LinkTarget!, first.Path, entryPath) : entry.LinkTarget,
                    Uid = preserveOwner ? entry.Uid : 0,
                    Gid = preserveOwner ? entry.Gid : 0,
                });
            }
        }

        reader.Drain(cancellationToken);
    }

    private static void Write(LayerTarWriter output, Stream content, TarEntry entry)
    {
        if (entry.Type == TarEntryType.File && entry.Size > 0)
        {
            output.WriteFile(entry, content);
        }
        else
        {
            output.WriteEntry(entry);
        }
    }
}
