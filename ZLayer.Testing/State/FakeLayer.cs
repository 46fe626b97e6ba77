using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>Tar streams of fake file systems.</summary>
internal static class FakeLayer
{
    /// <summary>The whole file system, without its root entry.</summary>
    public static byte[] Pack(FakeFileSystem files)
        => Pack(files.All.Where(f => f.Key != "/").Select(f => (f.Key[1..], f.Value)));

    /// <summary>A path with everything below it; the entries begin with the last part of its name.</summary>
    public static byte[] Pack(FakeFileSystem files, string path)
    {
        var name = path == "/" ? "" : FakeFileSystem.NameOf(path);
        var cut = path == "/" ? 1 : path.Length;
        return Pack(
            files.Tree(path)
                .Select(f => (f.Key == path ? name : path == "/" ? f.Key[1..] : name + f.Key[cut..], f.Value))
                .Where(f => f.Item1.Length > 0));
    }

    /// <summary>What changed since an image, as a layer.</summary>
    public static byte[] PackChanges(FakeFileSystem files, FakeFileSystem image)
        => Pack(files.ChangesSince(image, "").Select(change => change.Kind == FileChangeKind.Deleted
            ? (WhiteoutOf(change.Path), FakeFile.Text(DateTimeOffset.UnixEpoch, ""))
            : (change.Path[1..], files.Find(change.Path, followLast: false)!)));

    /// <summary>Applies a layer: files replace files, whiteouts remove them.</summary>
    public static void Apply(FakeFileSystem files, Stream tar)
    {
        using var reader = new LayerTarReader(tar, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            var path = FakeFileSystem.Normalize(entry.Path);
            var name = FakeFileSystem.NameOf(path);
            if (name == Whiteout.Opaque)
            {
                files.List(FakeFileSystem.ParentOf(path))
                    .ToList()
                    .ForEach(child => files.Remove(FakeFileSystem.Normalize(child, FakeFileSystem.ParentOf(path))));
            }
            else if (name.StartsWith(Whiteout.Prefix, StringComparison.Ordinal))
            {
                files.Remove(FakeFileSystem.Normalize(name[Whiteout.Prefix.Length..], FakeFileSystem.ParentOf(path)));
            }
            else if (path != "/")
            {
                files.Put(path, Read(entry, reader.Content, files));
            }
        }
    }

    /// <summary>A file from an archive; a hard link becomes a copy.</summary>
    public static FakeFile Read(TarEntry entry, Stream content, FakeFileSystem files)
    {
        if (entry.Type == TarEntryType.HardLink)
        {
            return files.Find(FakeFileSystem.Normalize(entry.LinkTarget ?? ""), followLast: false)
                ?? throw new ZLayerException(
                    ZLayerErrorKind.InvalidArchive, $"The archive links '{entry.Path}' to '{entry.LinkTarget}', which is not there.");
        }

        var bytes = new MemoryStream();
        if (entry.Type == TarEntryType.File)
        {
            content.CopyTo(bytes);
        }

        return new FakeFile
        {
            Type = entry.Type,
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Content = bytes.ToArray(),
            LinkTarget = entry.LinkTarget,
            ModificationTime = entry.ModificationTime,
        };
    }

    private static byte[] Pack(IEnumerable<(string Path, FakeFile File)> files)
    {
        var tar = new MemoryStream();
        using var writer = new LayerTarWriter(tar);
        foreach (var (path, file) in files)
        {
            if (file.Type == TarEntryType.File)
            {
                writer.WriteFile(file.ToEntry(path), file.Content.Span);
            }
            else
            {
                writer.WriteEntry(file.ToEntry(path));
            }
        }

        writer.Complete();
        return tar.ToArray();
    }

    private static string WhiteoutOf(string path)
        => FakeFileSystem.Normalize(Whiteout.Prefix + FakeFileSystem.NameOf(path), FakeFileSystem.ParentOf(path))[1..];
}
