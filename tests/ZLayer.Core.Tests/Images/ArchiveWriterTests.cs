using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

/// <summary>What is written comes back, in every form.</summary>
public sealed class ArchiveWriterTests : ArchiveTest
{
    [Theory]
    [InlineData(nameof(ArchiveFormat.OciArchive))]
    [InlineData(nameof(ArchiveFormat.OciDirectory))]
    [InlineData(nameof(ArchiveFormat.DockerArchive))]
    public async Task Images_come_back_as_they_were(string format)
    {
        var app = new ArchiveImage(StoredImages.Make(Store, "shared", "a"), [ImageReference.Parse("app:1"), ImageReference.Parse("localhost:5000/app:2")]);
        var unnamed = new ArchiveImage(StoredImages.Make(Store, "shared", "b"), []);
        var written = await Writer.WriteAsync([app, unnamed], new ArchiveOptions { Format = Enum.Parse<ArchiveFormat>(format) }, Archive);
        Assert.Equal([app.Target, unnamed.Target], written);

        var read = await Reader.ReadAsync(Archive);

        Assert.Equal(["docker.io/library/app:1", "localhost:5000/app:2", null], read.Select(i => i.Reference?.ToString()));
        Assert.Equal([app.Target, app.Target, unnamed.Target], read.Select(i => i.Target));
        var image = Catalog(Other).Load(app.Target, null, "app");
        Assert.Equal(Catalog(Store).Load(app.Target, null, "app").ConfigDigest, image.ConfigDigest);
        Assert.Equal(7, Other.Content.Enumerate().Count());
        Assert.Empty(Other.Leftovers());
    }

    [Theory]
    [InlineData(nameof(ArchiveFormat.OciArchive))]
    [InlineData(nameof(ArchiveFormat.DockerArchive))]
    public async Task The_same_images_give_the_same_bytes_and_shared_blobs_once(string format)
    {
        ArchiveImage[] images =
        [
            new(StoredImages.Make(Store, "shared", "a"), [ImageReference.Parse("a")]),
            new(StoredImages.Make(Store, "shared", "b"), [ImageReference.Parse("b")]),
        ];
        await Writer.WriteAsync(images, new ArchiveOptions { Format = Enum.Parse<ArchiveFormat>(format) }, Archive);
        var first = File.ReadAllBytes(Archive);
        using var stream = new MemoryStream();
        await Writer.WriteAsync(images, new ArchiveOptions { Format = Enum.Parse<ArchiveFormat>(format) }, stream);
        Assert.Equal(first, stream.ToArray());

        stream.Position = 0;
        var entries = ReadTar(stream);
        var names = entries.Select(e => e.Name.TrimEnd('/')).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(names.Distinct(), names);
        Assert.Equal(7, entries.Count(e => e.Name.StartsWith("blobs/sha256/", StringComparison.Ordinal) && e.EntryType != System.Formats.Tar.TarEntryType.Directory));
        Assert.All(entries, e => Assert.Equal(DateTimeOffset.UnixEpoch, e.ModificationTime));
        Assert.All(entries.Where(e => e.Name.Length > 70), e => Assert.Equal(0x124, (int)e.Mode));
        Assert.Equal(0x1ED, (int)entries.Single(e => e.Name.TrimEnd('/') == "blobs").Mode);
        Assert.Equal(format == nameof(ArchiveFormat.DockerArchive), names.Contains("manifest.json"));
    }

    [Theory]
    [InlineData(LayerCompression.Gzip, MediaTypes.OciLayerGzip)]
    [InlineData(LayerCompression.Zstd, MediaTypes.OciLayerZstd)]
    public async Task Plain_layers_are_compressed_on_the_way_and_the_manifest_says_so(LayerCompression compression, string mediaType)
    {
        var target = StoredImages.Make(Store, "a", "b");
        var written = await Writer.WriteAsync(
            [new(target, [ImageReference.Parse("a")])], new ArchiveOptions { Compression = compression }, Archive);
        var read = Assert.Single(await Reader.ReadAsync(Archive));
        Assert.Equal(written[0], read.Target);
        Assert.NotEqual(target, read.Target);
        var image = Catalog(Other).Load(read.Target, null, "a");
        Assert.All(image.Manifest.Layers, layer => Assert.Equal(mediaType, layer.MediaType));
        Assert.Equal(Catalog(Store).Load(target, null, "a").ConfigDigest, image.ConfigDigest);
        using var tar = Other.Layers.OpenTar(image.DiffIds[0]);
        Assert.Equal(image.DiffIds[0], Digest.Of(ReadAll(tar)));
    }

    [Fact]
    public async Task Compressed_layers_stay_unless_conversion_is_forced()
    {
        var target = StoredImages.Make(Store, "a");
        var gzip = (await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Compression = LayerCompression.Gzip }, Archive))[0];
        await new ArchiveReader(Store.Layout, Store.Content, Store.Layers).ReadAsync(Archive);
        var options = new ArchiveOptions { Compression = LayerCompression.Zstd };
        Assert.Equal(gzip, (await Writer.WriteAsync([new(gzip, [])], options, Archive))[0]);
        var forced = (await Writer.WriteAsync([new(gzip, [])], options with { ForceCompression = true }, Archive))[0];
        Assert.NotEqual(gzip, forced);
        await Reader.ReadAsync(Archive);
        Assert.Equal(MediaTypes.OciLayerZstd, Catalog(Other).Load(forced, null, "a").Manifest.Layers[0].MediaType);
    }

    [Fact]
    public async Task Media_types_of_docker_can_be_asked_for()
    {
        var target = StoredImages.Make(Store, "a");
        var written = (await Writer.WriteAsync([new(target, [])], new ArchiveOptions { DockerMediaTypes = true, Compression = LayerCompression.Gzip }, Archive))[0];
        Assert.Equal(MediaTypes.DockerManifest, written.MediaType);
        await Reader.ReadAsync(Archive);
        var manifest = Catalog(Other).Load(written, null, "a").Manifest;
        Assert.Equal(
            (MediaTypes.DockerManifest, MediaTypes.DockerConfig, MediaTypes.DockerLayerGzip),
            (manifest.MediaType, manifest.Config.MediaType, manifest.Layers[0].MediaType));
    }

    [Fact]
    public async Task An_index_is_written_with_the_platforms_that_are_here()
    {
        var (index, _, arm) = MakeIndex();
        await Writer.WriteAsync([new(index, [ImageReference.Parse("multi")])], new ArchiveOptions(), Archive);
        Assert.Equal(index, Assert.Single(await Reader.ReadAsync(Archive)).Target);
        Assert.Equal(Arm64, Catalog(Other).Load(index, Arm64, "multi").Platform);

        Store.Content.Delete(arm.Digest);
        var partial = (await Writer.WriteAsync([new(index, [])], new ArchiveOptions(), Archive))[0];
        Assert.NotEqual(index.Digest, partial.Digest);
        Assert.Equal(Amd64, Catalog(Store).Load(index, null, "multi").Platform);
    }

    [Fact]
    public async Task One_platform_is_written_or_read_where_one_is_wanted()
    {
        var (index, _, arm) = MakeIndex();
        Assert.Equal(arm.Digest, (await Writer.WriteAsync([new(index, [])], new ArchiveOptions { Platform = Arm64 }, Archive))[0].Digest);
        var docker = (await Writer.WriteAsync([new(index, [])], new ArchiveOptions { Format = ArchiveFormat.DockerArchive }, Archive))[0];
        Assert.True(MediaTypes.IsManifest(docker.MediaType));
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => Writer.WriteAsync([new(index, [])], new ArchiveOptions { Platform = Platform.Parse("linux/s390x") }, Archive));
        Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);

        await Writer.WriteAsync([new(index, [])], new ArchiveOptions(), Archive);
        Assert.Equal(arm.Digest, (await Reader.ReadAsync(Archive, Arm64))[0].Target.Digest);
        error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive, Platform.Parse("linux/s390x")));
        Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);
    }

    [Fact]
    public async Task An_entry_of_one_platform_says_which()
    {
        var (index, _, arm) = MakeIndex();
        var options = new ArchiveOptions { Format = ArchiveFormat.OciDirectory };
        await Writer.WriteAsync([new(arm, [ImageReference.Parse("one")]), new(index, [ImageReference.Parse("multi")])], options, Archive);
        await Writer.WriteAsync([new(index, [ImageReference.Parse("chosen")])], options with { Platform = Amd64 }, Archive);
        var entries = OciJson.ParseIndex(File.ReadAllBytes(Path.Combine(Archive, "index.json")), "index.json").Manifests;
        Assert.Equal([Arm64, null, Amd64], entries.Select(e => e.Platform));
    }

    [Fact]
    public async Task A_layout_directory_keeps_its_other_images()
    {
        var a = new ArchiveImage(StoredImages.Make(Store, "a"), [ImageReference.Parse("a")]);
        var b = new ArchiveImage(StoredImages.Make(Store, "b"), [ImageReference.Parse("b")]);
        var newA = a with { Target = StoredImages.Make(Store, "c") };
        var options = new ArchiveOptions { Format = ArchiveFormat.OciDirectory };
        await Writer.WriteAsync([a], options, Archive);
        await Writer.WriteAsync([b], options, Archive);
        await Writer.WriteAsync([newA], options, Archive);
        var read = await Reader.ReadAsync(Archive);
        Assert.Equal(["b:latest", "a:latest"], read.Select(i => i.Reference!.ToFamiliarString()));
        Assert.Equal([b.Target, newA.Target], read.Select(i => i.Target));
    }

    [Fact]
    public async Task A_directory_with_something_else_in_it_is_left_alone()
    {
        Directory.CreateDirectory(Archive);
        File.WriteAllText(Path.Combine(Archive, "precious"), "data");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Writer.WriteAsync(
            [new(StoredImages.Make(Store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive));
        Assert.Equal(ZLayerErrorKind.FileExists, error.Kind);
        Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(Archive).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_damaged_blob_of_the_store_is_not_written()
    {
        var target = StoredImages.Make(Store, "a");
        var layer = StoredImages.AddLayer(Store, "a");
        var path = Store.Content.GetPath(layer.Digest);
        var bytes = File.ReadAllBytes(path);
        bytes[600] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Writer.WriteAsync([new(target, [])], new ArchiveOptions(), Archive));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.False(File.Exists(Archive));
        Assert.Empty(Directory.EnumerateFiles(Store.Parent));
    }
}
