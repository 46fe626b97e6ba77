using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

// What comes out of containers.
public static partial class ContainerCopy
{
    private static async Task<string> FollowAsync(IContainerFiles files, string container, CopyPath source, bool followLink, CancellationToken cancellationToken)
    {
        if (followLink && !source.IsDirectory
            && await files.GetPathStatAsync(container, source.Full, cancellationToken).ConfigureAwait(false) is { Mode.IsSymbolicLink: true } link)
        {
            return Follow(source, link.LinkTarget).Full;
        }

        return source.Name.Length == 0 ? source.Full : source.Full + (source.IsContents ? "/." : source.IsDirectory ? "/" : "");
    }

    private static string Extract(Stream archive, CopyPath source, string path, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        using var input = new ArchiveInput(archive, options.Progress, cancellationToken);
        using var reader = new LayerTarReader(input, leaveOpen: true);
        var first = FirstOf(reader, source);
        var (root, entryPath) = FindHostTarget(path, source, first.Type == TarEntryType.Directory);
        using (IHostExtraction extraction = OperatingSystem.IsLinux() ? new HostExtraction(root, options.PreserveOwner) : new PortableExtraction(root, options.PreserveOwner))
        {
            ExtractEntries(reader, first, entryPath, extraction, cancellationToken);
        }

        // An engine that fails in the middle may end its answer as if it were complete.
        if (!reader.HasEnd)
        {
            throw LayerExtractor.Invalid(source.Full, "the archive ends without its end mark, so that files may be missing");
        }

        reader.Drain(cancellationToken);
        return entryPath.Length == 0 ? root : CopyPath.Join(root, entryPath);
    }

    private static TarEntry FirstOf(LayerTarReader reader, CopyPath source)
    {
        var first = reader.MoveNext() ?? throw LayerExtractor.Invalid(source.Full, "the runtime sent an empty archive");
        return first.Path.Contains('/', StringComparison.Ordinal) ? throw LayerExtractor.Invalid(first.Path, "the archive does not begin with what was asked for") : first;
    }

    private static void ExtractEntries(LayerTarReader reader, TarEntry first, string entryPath, IHostExtraction extraction, CancellationToken cancellationToken)
    {
        for (var entry = first; entry is not null; entry = reader.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var placed = Place(entry.Path, first.Path, entryPath);
            // The directory whose contents were asked for is there already, and stays as it is.
            if (placed.Length > 0)
            {
                extraction.Extract(
                    entry with { Path = placed, LinkTarget = entry.Type == TarEntryType.HardLink ? Place(entry.LinkTarget!, first.Path, entryPath) : entry.LinkTarget },
                    reader.Content,
                    cancellationToken);
            }
        }

        extraction.Complete();
    }

    /// <summary>The path below the destination of a path in the archive, all of which lie in what its first entry is.</summary>
    private static string Place(string path, string first, string entryPath)
    {
        var rest = first.Length == 0 ? path
            : path == first ? ""
            : path.StartsWith(first, StringComparison.Ordinal) && path[first.Length] == '/' ? path[(first.Length + 1)..]
            : throw LayerExtractor.Invalid(path, "it lies outside of what was asked for");
        return rest.Length == 0 ? entryPath : entryPath.Length == 0 ? rest : entryPath + "/" + rest;
    }

    private static (string Root, string EntryPath) FindHostTarget(string path, CopyPath source, bool isDirectory)
    {
        var given = CopyPath.OnHost(path);
        var wanted = CopyPath.OnHost(HostPath.Resolve(given.Full)) with { IsContents = given.IsContents, IsDirectory = given.IsDirectory };
        if (HostPath.IsDirectory(wanted.Full))
        {
            return (wanted.Full, source.IsContents ? "" : source.Name);
        }

        var exists = HostPath.Exists(wanted.Full);
        RequireFit(isDirectory, exists, wanted, path, ZLayerErrorKind.PathNotFound);
        RequireParent(exists || HostPath.IsDirectory(wanted.Parent), wanted.Parent, path, ZLayerErrorKind.PathNotFound);
        return (wanted.Parent, wanted.Name);
    }
}
