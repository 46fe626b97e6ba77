using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Makes directories in containers.</summary>
public static class ContainerDirectories
{
    private const int Mode = 0x1ED;

    /// <summary>
    /// Makes a directory with those above it, as far as they are missing. They belong to the container's root, mode 0755.
    /// </summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="path">The path in the container.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; InvalidArgument when there is something else than a directory on the way.
    /// </exception>
    public static async Task CreateDirectoryAsync(
        this IContainerFiles files, string container, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        var missing = new Stack<string>();
        var at = CopyPath.InContainer(path);
        while (at.Name.Length > 0 && !await ExistsAsync(files, container, at.Full, cancellationToken).ConfigureAwait(false))
        {
            missing.Push(at.Name);
            at = CopyPath.InContainer(at.Parent);
        }

        if (missing.Count == 0)
        {
            return;
        }

        using var tar = new MemoryStream();
        using (var writer = new LayerTarWriter(tar))
        {
            var entry = "";
            foreach (var name in missing)
            {
                entry = entry.Length == 0 ? name : $"{entry}/{name}";
                writer.WriteEntry(
                    new TarEntry { Path = entry, Type = TarEntryType.Directory, Mode = Mode, ModificationTime = DateTimeOffset.UtcNow });
            }

            writer.Complete();
        }

        tar.Position = 0;
        await files.PutArchiveAsync(
            container, at.Full, tar, new ArchivePutOptions { NoOverwriteDirNonDir = true }, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> ExistsAsync(IContainerFiles files, string container, string path, CancellationToken cancellationToken)
    {
        try
        {
            await files.GetPathStatAsync(container, path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerPathNotFound)
        {
            return false;
        }
    }
}
