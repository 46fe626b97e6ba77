using System.Runtime.CompilerServices;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;

namespace ZLayer.Testing;

/// <content>Images as archives, in the format of <c>docker save</c>.</content>
public sealed partial class FakeRuntime
{
    private const string ArchiveManifest = "manifest.json";

    /// <inheritdoc/>
    public Task<Stream> SaveImagesAsync(IReadOnlyList<string> images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            Invalid("Saving images needs at least one image.", null);
        }

        using var entry = state.Enter();
        var entries = new List<DockerArchiveEntry>();
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var found in images.Select(text => (Text: text, Image: FindImage(text))).GroupBy(f => f.Image))
        {
            var layers = found.Key.Layers.Select(l => (Path: $"{Digest.Of(l).Hex}/layer.tar", Content: l)).ToList();
            layers.ForEach(l => files[l.Path] = l.Content);
            files[$"{found.Key.Id.Hex}.json"] = found.Key.ConfigBytes;
            entries.Add(new DockerArchiveEntry
            {
                Config = $"{found.Key.Id.Hex}.json",
                RepoTags = [.. found.Select(f => NamedBy(f.Image, f.Text)).OfType<ImageReference>().Select(n => n.ToFamiliarString())],
                Layers = [.. layers.Select(l => l.Path)],
            });
        }

        files[ArchiveManifest] = JsonSerializer.SerializeToUtf8Bytes(entries, ArchiveJson.Documents.ListDockerArchiveEntry);
        return Task.FromResult<Stream>(new MemoryStream(Pack(files), writable: false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadProgress> LoadImagesAsync(
        Stream archive, bool quiet = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var files = await Task.Run(() => Unpack(archive, cancellationToken), cancellationToken).ConfigureAwait(false);
        var entries = files.TryGetValue(ArchiveManifest, out var manifest)
            ? CheckedJson.Read(manifest, ArchiveJson.Documents.ListDockerArchiveEntry, (why, _) => Damaged($"{ArchiveManifest}: {why}"))
            : throw Damaged($"it has no {ArchiveManifest}");
        var names = new List<string>();
        foreach (var one in entries)
        {
            if (!quiet)
            {
                yield return new LoadStatus(null, $"Loading {(one.RepoTags is [var first, ..] ? first : one.Config)}");
            }

            names.AddRange(Load(one, files));
        }

        yield return new LoadDone(names);
    }

    private List<string> Load(DockerArchiveEntry entry, Dictionary<string, byte[]> files)
    {
        byte[] Read(string? path)
            => path is not null && files.TryGetValue(path, out var bytes) ? bytes : throw Damaged($"it has no '{path}'");

        var layers = (entry.Layers ?? []).Select(path => ReadAll(Decompression.Open(new MemoryStream(Read(path))), default)).ToList();
        using var inside = state.Enter();
        var image = Keep(FakeImage.Of(Read(entry.Config), layers), null);
        var names = (entry.RepoTags ?? []).Select(ImageReference.Parse).ToList();
        names.ForEach(name => Give(image, name));
        state.Note("image", "load", image.Id.ToString(), names.FirstOrDefault()?.ToFamiliarString());
        return names.Count == 0 ? [image.Id.ToString()] : names.ConvertAll(n => n.ToFamiliarString());
    }

    private static byte[] Pack(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var tar = new MemoryStream();
        using var writer = new LayerTarWriter(tar);
        foreach (var (path, content) in files)
        {
            writer.WriteFile(
                new TarEntry { Path = path, Type = TarEntryType.File, Mode = 0x1A4, Size = content.Length, ModificationTime = FakeRuntimeState.Epoch }, content);
        }

        writer.Complete();
        return tar.ToArray();
    }

    // Links stand for the file that they point to: archives share layers in this way.
    private static Dictionary<string, byte[]> Unpack(Stream archive, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, byte[]>();
        var links = new List<(string Path, string Target)>();
        using var reader = new LayerTarReader(Decompression.Open(archive, leaveOpen: true));
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = FakeFileSystem.Normalize(entry.Path)[1..];
            if (entry.Type == TarEntryType.File)
            {
                var content = new MemoryStream();
                reader.Content.CopyTo(content);
                files[path] = content.ToArray();
            }
            else if (entry.Type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                var directory = entry.Type == TarEntryType.HardLink ? "/" : FakeFileSystem.ParentOf("/" + path);
                links.Add((path, FakeFileSystem.Normalize(entry.LinkTarget ?? "", directory)[1..]));
            }
        }

        foreach (var (path, target) in links.Where(l => files.ContainsKey(l.Target)))
        {
            files[path] = files[target];
        }

        return files;
    }

    private static ZLayerException Damaged(string why) => new(ZLayerErrorKind.InvalidArchive, $"The archive holds no images: {why}.");
}
