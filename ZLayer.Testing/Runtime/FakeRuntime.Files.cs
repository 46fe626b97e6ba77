using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Testing;

/// <content>Files in containers.</content>
public sealed partial class FakeRuntime
{
    /// <inheritdoc/>
    public Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        var place = FindPath(found, path);
        Note(found, "archive-path");
        return Task.FromResult<Stream>(new MemoryStream(FakeLayer.Pack(found.Files, place), writable: false));
    }

    /// <inheritdoc/>
    public Task PutArchiveAsync(
        string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
    {
        EnsurePath(path);
        ArgumentNullException.ThrowIfNull(options);
        var bytes = ReadAll(Decompression.Open(archive, leaveOpen: true), cancellationToken);
        using var inside = state.Enter();
        var found = Find(container);
        var directory = found.Files.Resolve(path);
        if (directory is null || found.Files.Find(directory) is not { } target)
        {
            throw NoPath(found, path);
        }

        if (!target.IsDirectory || found.Specification.ReadOnlyRootFileSystem)
        {
            Invalid($"'{path}' in the container '{found.Name}' {(target.IsDirectory ? "is read-only" : "is not a directory")}.", path);
        }

        // First into a copy: an archive that is refused changes nothing.
        var files = found.Files.Copy();
        try
        {
            Extract(files, directory, bytes, options);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive)
        {
            // Engines answer so for an archive of files; InvalidArchive is for those of images.
            Invalid(e.Message, path);
        }

        foreach (var (place, file) in files.All.Where(f => !ReferenceEquals(found.Files.Find(f.Key, followLast: false), f.Value)).ToList())
        {
            found.Files.Put(place, file);
        }

        Note(found, "extract-to-dir");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        var place = FindPath(found, path);
        var file = found.Files.Find(place, followLast: false)!;
        return Task.FromResult(new PathStat
        {
            Name = FakeFileSystem.NameOf(place),
            Size = file.Type == TarEntryType.SymbolicLink ? file.LinkTarget!.Length : file.Content.Length,
            Mode = file.StatMode,
            LastWriteTime = file.ModificationTime,
            // As engines tell it: from the root.
            LinkTarget = file.Type == TarEntryType.SymbolicLink
                ? FakeFileSystem.Normalize(file.LinkTarget!, FakeFileSystem.ParentOf(place))
                : "",
        });
    }

    /// <inheritdoc/>
    public Task<Stream> ExportContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        Note(found, "export");
        return Task.FromResult<Stream>(new MemoryStream(FakeLayer.Pack(found.Files), writable: false));
    }

    private static string FindPath(FakeContainer container, string path)
    {
        EnsurePath(path);
        return container.Files.Resolve(path, followLast: path.EndsWith('/')) is { } place
            && container.Files.Find(place, followLast: false) is not null
            ? place
            : throw NoPath(container, path);
    }

    private static void EnsurePath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0)
        {
            Invalid("A path in a container is empty.", null);
        }
    }

    private static void Extract(FakeFileSystem files, string directory, byte[] archive, ArchivePutOptions options)
    {
        using var reader = new LayerTarReader(new MemoryStream(archive));
        while (reader.MoveNext() is { } entry)
        {
            var path = files.Resolve(FakeFileSystem.Normalize(FakeFileSystem.Normalize(entry.Path)[1..], directory), followLast: false)
                ?? directory;
            var before = files.Find(path, followLast: false);
            var file = FakeLayer.Read(
                entry.LinkTarget is null || entry.Type != TarEntryType.HardLink ? entry : Below(entry, directory), reader.Content, files);
            file = options.CopyOwner ? file : file with { Uid = 0, Gid = 0 };
            if (before is not null && before.IsDirectory != file.IsDirectory)
            {
                if (options.NoOverwriteDirNonDir)
                {
                    Invalid($"'{path}' is {(before.IsDirectory ? "a directory" : "no directory")}; the archive would replace it.", path);
                }

                files.Remove(path);
            }

            if (path != directory)
            {
                files.Put(path, file);
            }
        }
    }

    private static TarEntry Below(TarEntry entry, string directory)
        => entry with { LinkTarget = FakeFileSystem.Normalize(FakeFileSystem.Normalize(entry.LinkTarget!)[1..], directory) };

    private static ZLayerException NoPath(FakeContainer container, string path)
        => new(ZLayerErrorKind.ContainerPathNotFound, $"There is no '{path}' in the container '{container.Name}'.") { Subject = path };
}
