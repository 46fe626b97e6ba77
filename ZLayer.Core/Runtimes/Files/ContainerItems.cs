using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Finds files in containers.</summary>
public static class ContainerItems
{
    /// <summary>The file or directory at a path. A symbolic link is not followed.</summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">The path in the container; a relative one starts at its root.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <exception cref="Errors.ZLayerException">ContainerNotFound, ContainerPathNotFound.</exception>
    public static async Task<ContainerItem> GetItemAsync(
        this IContainerFiles files, string container, string name, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var full = CopyPath.InContainer(path).Full;
        var stat = await files.GetPathStatAsync(container, full, cancellationToken).ConfigureAwait(false);
        return new ContainerItem
        {
            Name = full == "/" ? "/" : full[(full.LastIndexOf('/') + 1)..],
            FullName = full,
            Length = stat.Mode.IsRegular ? stat.Size : 0,
            Mode = stat.Mode,
            LastWriteTime = stat.LastWriteTime,
            LinkTarget = stat.LinkTarget.Length == 0 ? null : stat.LinkTarget,
            ContainerName = name,
            Runtime = files.Name,
        };
    }

    /// <summary>
    /// The files and directories below a directory whose names fit, level by level. Runtimes list no directories, so the whole directory is
    /// read as an archive: this costs as much as copying it out.
    /// </summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="name">Its name.</param>
    /// <param name="directory">The directory; what it points to where it is a symbolic link.</param>
    /// <param name="levels">Tells for each level below the directory whether a name fits.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>What was found, in the order of the paths.</returns>
    /// <exception cref="Errors.ZLayerException">ContainerNotFound, ContainerPathNotFound.</exception>
    public static async Task<IReadOnlyList<ContainerItem>> FindItemsAsync(
        this IContainerFiles files, string container, string name, string directory, IReadOnlyList<Func<string, bool>> levels, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var start = CopyPath.InContainer(directory).Full;
        // A link is followed by asking for what is in it.
        var archive = await files.GetArchiveAsync(container, start == "/" ? "/" : start + "/", cancellationToken).ConfigureAwait(false);
        await using var closing = archive.ConfigureAwait(false);
        using var cancelling = cancellationToken.UnsafeRegister(static stream => ((Stream)stream!).Dispose(), archive);
        try
        {
            return await Task.Run(
                () => Read(
                    archive, start, levels, item => item with { ContainerName = name, Runtime = files.Name }, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The search was cancelled.", e, cancellationToken);
        }
    }

    private static List<ContainerItem> Read(
        Stream archive, string start, IReadOnlyList<Func<string, bool>> levels, Func<ContainerItem, ContainerItem> complete, CancellationToken cancellationToken)
    {
        var found = new List<ContainerItem>();
        using var reader = new LayerTarReader(archive, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Entries begin with the name of the directory itself, but for the root, which has none.
            var parts = entry.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToList();
            var below = start == "/" ? parts : parts.Skip(1).ToList();
            if (below.Count == levels.Count && below.Zip(levels).All(pair => pair.Second(pair.First)))
            {
                found.Add(complete(Describe(entry, CopyPath.Join(start, string.Join('/', below)))));
            }
        }

        return [.. found.OrderBy(item => item.FullName, StringComparer.Ordinal)];
    }

    private static ContainerItem Describe(TarEntry entry, string path) => new()
    {
        Name = path[(path.LastIndexOf('/') + 1)..],
        FullName = path,
        Length = entry.Type == TarEntryType.File ? entry.Size : 0,
        Mode = new FileMode((uint)entry.Mode | KindOf(entry.Type)),
        LastWriteTime = entry.ModificationTime,
        LinkTarget = entry.Type == TarEntryType.SymbolicLink ? entry.LinkTarget : null,
        ContainerName = "",
    };

    private static uint KindOf(TarEntryType type) => type switch
    {
        TarEntryType.Directory => 0x4000,
        TarEntryType.SymbolicLink => 0xA000,
        TarEntryType.CharacterDevice => 0x2000,
        TarEntryType.BlockDevice => 0x6000,
        TarEntryType.Fifo => 0x1000,
        _ => 0x8000,
    };
}
