using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Files;

// What comes out of containers.
public static partial class ContainerCopy
{
    private static async Task<string> FollowAsync(
        IContainerFiles files, string container, CopyPath source, bool followLink, CancellationToken cancellationToken)
    {
        if (followLink && !source.IsDirectory
            && await files.GetPathStatAsync(
                container, source.Full, cancellationToken).ConfigureAwait(false) is { Mode.IsSymbolicLink: true } link)
        {
            return Follow(source, link.LinkTarget).Full;
        }

        return source.Name.Length == 0 ? source.Full : source.Full + (source.IsContents ? "/." : source.IsDirectory ? "/" : "");
    }

    private static string Extract(
        Stream archive, CopyPath source, string path, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        using var input = new ArchiveInput(archive, options.Progress, cancellationToken);
        using var reader = new LayerTarReader(input, leaveOpen: true);
        var first = FirstOf(reader, source);
        if (!HostPath.IsDirectory(path) && OutputPlace.IsStreamAt(path, $"copy '{source.Full}'"))
        {
            return WriteInto(reader, first, source, path, cancellationToken);
        }

        var (root, entryPath) = FindHostTarget(path, source, first.Type == TarEntryType.Directory);
        using (IHostExtraction extraction = OperatingSystem.IsLinux()
            ? new HostExtraction(root, options.PreserveOwner)
            : new PortableExtraction(root, options.PreserveOwner))
        {
            ExtractEntries(reader, first, entryPath, extraction, cancellationToken);
        }

        RequireEnd(reader, source, cancellationToken);
        return entryPath.Length == 0 ? root : CopyPath.Join(root, entryPath);
    }

    // A pipe, or what this process has open, takes what is in one file.
    private static string WriteInto(
        LayerTarReader reader, TarEntry first, CopyPath source, string path, CancellationToken cancellationToken)
    {
        if (first.Type != TarEntryType.File)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot copy '{source.Full}' to '{path}': it is a pipe, which takes one regular file.")
            {
                Subject = path,
                Advice = "Name a directory.",
            };
        }

        StagedOutput.Write(path, $"copy '{source.Full}'", output => reader.Content.CopyTo(output), cancellationToken);
        if (reader.MoveNext() is { } another)
        {
            throw LayerExtractor.Invalid(another.Path, "it lies outside of what was asked for");
        }

        RequireEnd(reader, source, cancellationToken);
        return path;
    }

    private static void RequireEnd(LayerTarReader reader, CopyPath source, CancellationToken cancellationToken)
    {
        // An engine that fails in the middle may end its answer as if it were complete.
        if (!reader.HasEnd)
        {
            throw LayerExtractor.Invalid(source.Full, "the archive ends without its end mark, so that files may be missing");
        }

        reader.Drain(cancellationToken);
    }

    private static TarEntry FirstOf(LayerTarReader reader, CopyPath source)
    {
        var first = reader.MoveNext() ?? throw LayerExtractor.Invalid(source.Full, "the runtime sent an empty archive");
        return first.Path.Contains('/', StringComparison.Ordinal)
            ? throw LayerExtractor.Invalid(first.Path, "the archive does not begin with what was asked for")
            : first;
    }

    private static void ExtractEntries(
        LayerTarReader reader, TarEntry first, string entryPath, IHostExtraction extraction, CancellationToken cancellationToken)
    {
        for (var entry = first; entry is not null; entry = reader.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var placed = Place(entry.Path, first.Path, entryPath);
            // The directory whose contents were asked for is there already, and stays as it is.
            if (placed.Length > 0)
            {
                extraction.Extract(
                    entry with { Path = placed, LinkTarget = entry.Type == TarEntryType.HardLink
                        ? Place(entry.LinkTarget!, first.Path, entryPath)
                        : entry.LinkTarget },
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
