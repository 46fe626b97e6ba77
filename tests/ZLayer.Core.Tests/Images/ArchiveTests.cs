using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Layers;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

public sealed class ArchiveTests : IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    private static readonly Platform Arm64 = Platform.Parse("linux/arm64");

    private readonly TemporaryStore _store = new();
    private readonly TemporaryStore _other = new();

    private string Archive => Path.Combine(_store.Parent, "archive");

    private ArchiveWriter Writer => new(_store.Content, _store.Layers, _store.Leases);

    private ArchiveReader Reader => new(_other.Layout, _other.Content, _other.Layers);

    public void Dispose()
    {
        _store.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(ArchiveFormat.OciArchive)]
    [InlineData(ArchiveFormat.OciDirectory)]
    [InlineData(ArchiveFormat.DockerArchive)]
    public async Task Images_come_back_as_they_were(ArchiveFormat format)
    {
        var app = new ArchiveImage(StoredImages.Make(_store, "shared", "a"), [ImageReference.Parse("app:1"), ImageReference.Parse("localhost:5000/app:2")]);
        var unnamed = new ArchiveImage(StoredImages.Make(_store, "shared", "b"), []);
        var written = await Writer.WriteAsync([app, unnamed], new ArchiveOptions { Format = format }, Archive);
        Assert.Equal([app.Target, unnamed.Target], written);

        var read = await Reader.ReadAsync(Archive);

        Assert.Equal(["docker.io/library/app:1", "localhost:5000/app:2", null], read.Select(i => i.Reference?.ToString()));
        Assert.Equal([app.Target, app.Target, unnamed.Target], read.Select(i => i.Target));
        var image = Catalog(_other).Load(app.Target, null, "app");
        Assert.Equal(Catalog(_store).Load(app.Target, null, "app").ConfigDigest, image.ConfigDigest);
        Assert.Equal(7, _other.Content.Enumerate().Count());
        Assert.Empty(_other.Leftovers());
    }

    [Theory]
    [InlineData(ArchiveFormat.OciArchive)]
    [InlineData(ArchiveFormat.DockerArchive)]
    public async Task The_same_images_give_the_same_bytes_and_shared_blobs_once(ArchiveFormat format)
    {
        ArchiveImage[] images =
        [
            new(StoredImages.Make(_store, "shared", "a"), [ImageReference.Parse("a")]),
            new(StoredImages.Make(_store, "shared", "b"), [ImageReference.Parse("b")]),
        ];
        await Writer.WriteAsync(images, new ArchiveOptions { Format = format }, Archive);
        var first = File.ReadAllBytes(Archive);
        using var stream = new MemoryStream();
        await Writer.WriteAsync(images, new ArchiveOptions { Format = format }, stream);
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
        Assert.Equal(format == ArchiveFormat.DockerArchive, names.Contains("manifest.json"));
    }

    [Theory]
    [InlineData(LayerCompression.Gzip, MediaTypes.OciLayerGzip)]
    [InlineData(LayerCompression.Zstd, MediaTypes.OciLayerZstd)]
    public async Task Plain_layers_are_compressed_on_the_way_and_the_manifest_says_so(LayerCompression compression, string mediaType)
    {
        var target = StoredImages.Make(_store, "a", "b");
        var written = await Writer.WriteAsync(
            [new(target, [ImageReference.Parse("a")])], new ArchiveOptions { Compression = compression }, Archive);
        var read = Assert.Single(await Reader.ReadAsync(Archive));
        Assert.Equal(written[0], read.Target);
        Assert.NotEqual(target, read.Target);
        var image = Catalog(_other).Load(read.Target, null, "a");
        Assert.All(image.Manifest.Layers, layer => Assert.Equal(mediaType, layer.MediaType));
        Assert.Equal(Catalog(_store).Load(target, null, "a").ConfigDigest, image.ConfigDigest);
        using var tar = _other.Layers.OpenTar(image.DiffIds[0]);
        Assert.Equal(image.DiffIds[0], Digest.Of(ReadAll(tar)));
    }

    [Fact]
    public async Task Compressed_layers_stay_unless_conversion_is_forced()
    {
        var target = StoredImages.Make(_store, "a");
        var gzip = (await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Compression = LayerCompression.Gzip }, Archive))[0];
        await new ArchiveReader(_store.Layout, _store.Content, _store.Layers).ReadAsync(Archive);
        var options = new ArchiveOptions { Compression = LayerCompression.Zstd };
        Assert.Equal(gzip, (await Writer.WriteAsync([new(gzip, [])], options, Archive))[0]);
        var forced = (await Writer.WriteAsync([new(gzip, [])], options with { ForceCompression = true }, Archive))[0];
        Assert.NotEqual(gzip, forced);
        await Reader.ReadAsync(Archive);
        Assert.Equal(MediaTypes.OciLayerZstd, Catalog(_other).Load(forced, null, "a").Manifest.Layers[0].MediaType);
    }

    [Fact]
    public async Task Media_types_of_docker_can_be_asked_for()
    {
        var target = StoredImages.Make(_store, "a");
        var written = (await Writer.WriteAsync([new(target, [])], new ArchiveOptions { DockerMediaTypes = true, Compression = LayerCompression.Gzip }, Archive))[0];
        Assert.Equal(MediaTypes.DockerManifest, written.MediaType);
        await Reader.ReadAsync(Archive);
        var manifest = Catalog(_other).Load(written, null, "a").Manifest;
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
        Assert.Equal(Arm64, Catalog(_other).Load(index, Arm64, "multi").Platform);

        _store.Content.Delete(arm.Digest);
        var partial = (await Writer.WriteAsync([new(index, [])], new ArchiveOptions(), Archive))[0];
        Assert.NotEqual(index.Digest, partial.Digest);
        Assert.Equal(Amd64, Catalog(_store).Load(index, null, "multi").Platform);
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
        var a = new ArchiveImage(StoredImages.Make(_store, "a"), [ImageReference.Parse("a")]);
        var b = new ArchiveImage(StoredImages.Make(_store, "b"), [ImageReference.Parse("b")]);
        var newA = a with { Target = StoredImages.Make(_store, "c") };
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
            [new(StoredImages.Make(_store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive));
        Assert.Equal(ZLayerErrorKind.FileExists, error.Kind);
        Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(Archive).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_damaged_blob_of_the_store_is_not_written()
    {
        var target = StoredImages.Make(_store, "a");
        var layer = StoredImages.AddLayer(_store, "a");
        var path = _store.Content.GetPath(layer.Digest);
        var bytes = File.ReadAllBytes(path);
        bytes[600] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Writer.WriteAsync([new(target, [])], new ArchiveOptions(), Archive));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.False(File.Exists(Archive));
        Assert.Empty(Directory.EnumerateFiles(_store.Parent));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("stream")]
    public async Task Compressed_archives_and_streams_are_read(string how)
    {
        var target = StoredImages.Make(_store, "a");
        using var plain = new MemoryStream();
        await Writer.WriteAsync([new(target, [ImageReference.Parse("a")])], new ArchiveOptions { Format = ArchiveFormat.DockerArchive }, plain);
        plain.Position = 0;
        if (how == "stream")
        {
            Assert.Equal(target, Assert.Single(await Reader.ReadAsync(new ForwardOnly(plain))).Target);
            return;
        }

        using (var output = File.Create(Archive))
        {
            new LayerCompressor().Compress(plain, output, how == "gzip" ? LayerCompression.Gzip : LayerCompression.Zstd);
        }

        Assert.Equal(target, Assert.Single(await Reader.ReadAsync(Archive)).Target);
        Assert.Empty(_other.Leftovers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_archive_of_an_old_docker_is_read(bool compressedLayers)
    {
        // As docker save wrote before 25: a directory a layer, a layer used twice as a link, manifest.json at the end.
        var a = StoredImages.Tar("a", "a");
        var b = StoredImages.Tar("b", "b");
        var config = Config(a, b, a);
        var id = Digest.Of(config).Hex;
        WriteTar(
            ("1111/VERSION", "1.0"u8.ToArray()), ("1111/layer.tar", compressedLayers ? Gzip(a) : a), ("2222/layer.tar", compressedLayers ? Gzip(b) : b),
            ("3333/layer.tar", "->../1111/layer.tar"u8.ToArray()), ($"{id}.json", config),
            ("manifest.json", Json($$"""[{"Config":"{{id}}.json","RepoTags":["old:1","old:2"],"Layers":["1111/layer.tar","2222/layer.tar","3333/layer.tar"]}]""")),
            ("repositories", Json("""{"old":{"1":"3333"} }""")));

        var read = await Reader.ReadAsync(Archive);

        Assert.Equal(["old:1", "old:2"], read.Select(i => i.Reference!.ToFamiliarString()));
        var image = Catalog(_other).Load(read[0].Target, null, "old");
        Assert.Equal(id, image.ConfigDigest.Hex);
        Assert.Equal(compressedLayers ? MediaTypes.OciLayerGzip : MediaTypes.OciLayer, image.Manifest.Layers[0].MediaType);
        using var tar = _other.Layers.OpenTar(Digest.Of(b));
        Assert.Equal(b, ReadAll(tar));
    }

    [Fact]
    public async Task An_image_without_layers_is_read()
    {
        var config = Json("""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"} }""");
        WriteTar(("c.json", config), ("manifest.json", Json("""[{"Config":"c.json","RepoTags":null,"Layers":null}]""")));
        var image = Assert.Single(await Reader.ReadAsync(Archive));
        Assert.Null(image.Reference);
        Assert.Empty(Catalog(_other).Load(image.Target, null, "empty").DiffIds);
    }

    [Fact]
    public async Task Names_of_manifest_json_are_used_where_the_layout_has_none()
    {
        var target = StoredImages.Make(_store, "a");
        var config = Catalog(_store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $$"""[{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":["app:1"],"Layers":[]}]""");
        Assert.Equal("app:1", Assert.Single(await Reader.ReadAsync(Archive)).Reference!.ToFamiliarString());
    }

    [Theory]
    [InlineData("layer", ZLayerErrorKind.DigestMismatch)]
    [InlineData("config", ZLayerErrorKind.DigestMismatch)]
    [InlineData("manifest", ZLayerErrorKind.DigestMismatch)]
    [InlineData("no layer", ZLayerErrorKind.InvalidArchive)]
    [InlineData("no manifest", ZLayerErrorKind.InvalidArchive)]
    [InlineData("short layer", ZLayerErrorKind.DigestMismatch)]
    [InlineData("index", ZLayerErrorKind.InvalidManifest)]
    public async Task A_damaged_layout_leaves_the_store_as_it_was(string damage, ZLayerErrorKind kind)
    {
        var target = StoredImages.Make(_store, "first", "a");
        var image = Catalog(_store).Load(target, null, "a");
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        string Blob(Digest digest) => Path.Combine(Archive, "blobs", "sha256", digest.Hex);
        var layer = Blob(image.Manifest.Layers[1].Digest);
        switch (damage)
        {
            case "layer": Flip(layer); break;
            case "config": Flip(Blob(image.ConfigDigest)); break;
            case "manifest": Flip(Blob(target.Digest)); break;
            case "no layer": File.Delete(layer); break;
            case "no manifest": File.Delete(Blob(target.Digest)); break;
            case "short layer": File.WriteAllBytes(layer, File.ReadAllBytes(layer)[..^1]); break;
            default: File.WriteAllText(Path.Combine(Archive, "index.json"), "{"); break;
        }

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));

        Assert.Equal(kind, error.Kind);
        Assert.Empty(_other.Content.Enumerate());
        Assert.Empty(_other.Leftovers());
    }

    [Fact]
    public async Task A_docker_archive_with_a_wrong_layer_leaves_the_store_as_it_was()
    {
        var truth = StoredImages.Tar("a", "truth");
        foreach (var lie in new[] { StoredImages.Tar("a", "other"), Gzip(StoredImages.Tar("a", "other")) })
        {
            WriteTar(("l.tar", lie), ("c.json", Config(truth)), ("manifest.json", Json("""[{"Config":"c.json","Layers":["l.tar"]}]""")));
            Assert.Equal(ZLayerErrorKind.DigestMismatch, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
            Assert.Empty(_other.Content.Enumerate());
        }
    }

    [Fact]
    public async Task Every_truncation_of_an_archive_is_an_error_or_harmless()
    {
        using var plain = new MemoryStream();
        var target = StoredImages.Make(_store, "a");
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.DockerArchive }, plain);
        var bytes = plain.ToArray();
        for (var length = 0; length < bytes.Length; length += 300)
        {
            File.WriteAllBytes(Archive, bytes[..length]);
            try
            {
                Assert.Equal(target, (await Reader.ReadAsync(Archive))[0].Target); // Only the end marker is missing.
                Assert.True(length > bytes.Length - 1024 - 300, $"{length} of {bytes.Length}");
            }
            catch (ZLayerException e)
            {
                Assert.Equal(ZLayerErrorKind.InvalidArchive, e.Kind);
                Assert.Empty(_other.Content.Enumerate());
            }
        }
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/../../escape")]
    public async Task An_archive_that_climbs_out_is_refused(string path)
    {
        WriteTar((path, "x"u8.ToArray()), ("manifest.json", Json("[]")));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sparse_file_is_refused_before_its_holes_fill_the_disk(bool isStream)
    {
        byte[] tar =
        [
            .. Tars.Member("p", 'x', [.. Tars.PaxRecord("GNU.sparse.size", $"{1L << 44}"), .. Tars.PaxRecord("GNU.sparse.map", "0,0")]),
            .. Tars.Member("layer.tar", '0', []),
            .. Tars.Member("manifest.json", '0', Json("""[{"Config":"c.json","Layers":["layer.tar"]}]""")),
            .. Tars.End,
        ];
        File.WriteAllBytes(Archive, tar);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => isStream ? Reader.ReadAsync(new MemoryStream(tar)) : Reader.ReadAsync(Archive));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains("'layer.tar' is stored as a sparse file", error.Message, StringComparison.Ordinal);
        Assert.Empty(_other.Content.Enumerate());
        Assert.Empty(_other.Leftovers());
    }

    [Theory]
    [InlineData("->../../../../etc/passwd")]
    [InlineData("->l.tar")]
    [InlineData("->/etc/passwd")]
    public async Task Links_that_lead_nowhere_good_are_refused(string link)
    {
        WriteTar(("l.tar", Encoding.UTF8.GetBytes(link)), ("c.json", Config([1])), ("manifest.json", Json("""[{"Config":"c.json","Layers":["l.tar"]}]""")));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
    }

    [Fact]
    public async Task Links_out_of_a_directory_are_refused()
    {
        await Writer.WriteAsync([new(StoredImages.Make(_store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var index = Path.Combine(Archive, "index.json");
        File.Move(index, Path.Combine(_store.Parent, "outside.json"));
        File.CreateSymbolicLink(index, "../outside.json");
        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
    }

    [Theory]
    [InlineData("blobs")]
    [InlineData("blobs/sha256")]
    public async Task Directories_that_are_links_out_of_a_directory_are_not_read_through(string link)
    {
        await Writer.WriteAsync([new(StoredImages.Make(_store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var outside = Path.Combine(_store.Parent, "outside");
        Directory.Move(Path.Combine(Archive, link), outside);
        File.CreateSymbolicLink(Path.Combine(Archive, link), outside);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains("leads out", error.Message, StringComparison.Ordinal);
        Assert.Empty(_other.Content.Enumerate());
    }

    [SkippableFact]
    public async Task Links_within_a_directory_are_followed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var target = StoredImages.Make(_store, "a");
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        Directory.Move(Path.Combine(Archive, "blobs/sha256"), Path.Combine(Archive, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(Archive, "blobs/sha256"), "../elsewhere");

        Assert.Equal(target, Assert.Single(await Reader.ReadAsync(Archive)).Target);
    }

    [SkippableTheory]
    [InlineData("index.json")]
    [InlineData("oci-layout")]
    [InlineData("manifest.json")]
    public async Task Pipes_and_devices_in_a_directory_are_refused_and_not_waited_for(string name)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        await Writer.WriteAsync([new(StoredImages.Make(_store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        File.Delete(Path.Combine(Archive, name));
        Tests.Layers.Linux.MakeNode(Path.Combine(Archive, name), ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo);

        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
    }

    [Fact]
    public async Task What_is_no_image_archive_is_told_what_it_is()
    {
        WriteTar(("bin/sh", [1]), ("etc/passwd", [1]));
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains("import", error.Advice, StringComparison.Ordinal);
        File.WriteAllText(Archive, "hello");
        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
        error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive + ".none"));
        Assert.Equal(ZLayerErrorKind.PathNotFound, error.Kind);
    }

    [Fact]
    public async Task Two_levels_of_indexes_are_read()
    {
        var (index, _, _) = MakeIndex();
        var outer = StoredImages.MakeIndex(_store, (Amd64, index));
        await Writer.WriteAsync([new(outer, [ImageReference.Parse("nested")])], new ArchiveOptions(), Archive);
        Assert.Equal(outer, Assert.Single(await Reader.ReadAsync(Archive)).Target);
        Assert.Equal(Arm64, Catalog(_other).Load(outer, Arm64, "nested").Platform);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_archive_comes_through_a_named_pipe(bool isCompressed)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var target = StoredImages.Make(_store, "a");
        using var plain = new MemoryStream();
        await Writer.WriteAsync([new(target, [ImageReference.Parse("a")])], new ArchiveOptions(), plain);
        Tests.Layers.Linux.MakeNode(Archive, ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo);

        var reading = Reader.ReadAsync(Archive);
        await File.WriteAllBytesAsync(Archive, isCompressed ? Gzip(plain.ToArray()) : plain.ToArray());

        Assert.Equal(target, Assert.Single(await reading).Target);
    }

    [SkippableFact]
    public async Task To_wait_for_an_archive_that_never_comes_can_be_cancelled()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        Tests.Layers.Linux.MakeNode(Archive, ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo);
        using var stop = new CancellationTokenSource();
        var reading = Reader.ReadAsync(Archive, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task An_image_that_is_named_thousands_of_times_is_read_and_named_once()
    {
        var target = StoredImages.Make(_store, "a");
        var config = Catalog(_store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [.. Enumerable.Repeat(target, 20_000)] }));
        var entry = $$"""{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":["app:1","app:1"],"Layers":[]}""";
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $"[{string.Join(',', Enumerable.Repeat(entry, 20_000))}]");

        var read = Assert.Single(await Reader.ReadAsync(Archive));

        Assert.Equal((target, "app:1"), (read.Target, read.Reference!.ToFamiliarString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_names_than_anybody_gives_are_refused(bool isLayout)
    {
        var target = StoredImages.Make(_store, "a");
        var config = Catalog(_store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var names = string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"app:{i}\""));
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $$"""[{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":[{{names}}],"Layers":["blobs/sha256/{{Catalog(_store).Load(target, null, "a").DiffIds[0].Hex}}"]}]""");
        if (!isLayout)
        {
            File.Delete(Path.Combine(Archive, "oci-layout"));
        }

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Empty(_other.Content.Enumerate());
    }

    [Theory]
    [InlineData(System.Formats.Tar.TarEntryType.HardLink)]
    [InlineData(System.Formats.Tar.TarEntryType.SymbolicLink)]
    public async Task A_layer_with_many_names_is_unpacked_once(System.Formats.Tar.TarEntryType link)
    {
        var layer = StoredImages.Tar("a", new string('a', 100_000));
        var config = Config([.. Enumerable.Repeat(layer, 300)]);
        using (var output = File.Create(Archive))
        using (var tar = new TarWriter(output, TarEntryFormat.Pax))
        {
            void Add(string path, byte[] content) => tar.WriteEntry(new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
            Add("0.tar", Gzip(layer));
            foreach (var i in Enumerable.Range(1, 299))
            {
                tar.WriteEntry(new PaxTarEntry(link, $"{i}.tar") { LinkName = "0.tar" });
            }

            Add("c.json", config);
            Add("manifest.json", Json($$"""[{"Config":"c.json","Layers":[{{string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"{i}.tar\""))}}]}]"""));
        }

        var unpacked = new List<string>();
        var image = Assert.Single(await Reader.ReadAsync(Archive, null, new SynchronousProgress(progress => unpacked.Add(progress.Name))));

        Assert.Equal(300, Catalog(_other).Load(image.Target, null, "many").DiffIds.Count);
        Assert.Single(unpacked);
    }

    [Fact]
    public async Task A_name_that_no_image_can_have_is_told_apart_from_none()
    {
        var layer = StoredImages.Tar("a", "a");
        WriteTar(
            ("l.tar", layer), ("c.json", Config(layer)), ("manifest.json", Json("""[{"Config":"c.json","RepoTags":["UPPER:1","good:1","bad:-x"],"Layers":["l.tar"]}]""")));

        var read = await Reader.ReadAsync(Archive);

        Assert.Equal(["UPPER:1", "bad:-x"], read.Where(image => image.IsNameInvalid).Select(image => image.Name));
        Assert.Equal(["good:1"], read.Where(image => !image.IsNameInvalid).Select(image => image.Name));
    }

    [Theory]
    [InlineData("\"UPPER:1\"")]
    [InlineData("\"UPPER:1\",\"good:1\"")]
    [InlineData("\"good:1\",\"UPPER:1\"")]
    public async Task A_name_for_the_image_stands_for_whatever_names_the_archive_has(string names)
    {
        var layer = StoredImages.Tar("a", "a");
        WriteTar(("l.tar", layer), ("c.json", Config(layer)), ("manifest.json", Json($$"""[{"Config":"c.json","RepoTags":[{{names}}],"Layers":["l.tar"]}]""")));
        await using var engine = new ZLayerEngine(new ZLayerEngineOptions { Root = _other.Layout.Root });
        var warnings = new List<string>();

        var loaded = await engine.LoadAsync(Archive, new LoadOptions { Tag = ImageReference.Parse("mine:1"), Warn = warnings.Add });

        Assert.Equal(ImageReference.Parse("mine:1"), Assert.Single(loaded).Reference);
        Assert.Equal("mine:1", Assert.Single(engine.Images.List()).Reference!.ToFamiliarString());
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Artifacts_beside_images_are_passed_over_and_alone_are_told_apart()
    {
        var image = StoredImages.Make(_store, "a");
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            ArtifactType = "application/vnd.test",
            Config = new Descriptor { MediaType = MediaTypes.OciEmpty, Digest = _store.Content.Write("{}"u8.ToArray()), Size = 2 },
            Layers = [],
        });
        var artifact = new Descriptor { MediaType = MediaTypes.OciManifest, Digest = _store.Content.Write(manifest), Size = manifest.Length };
        await Writer.WriteAsync([new(image, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        foreach (var digest in (Digest[])[artifact.Digest, Digest.Of("{}"u8)])
        {
            File.Copy(_store.Content.GetPath(digest), Path.Combine(Archive, "blobs/sha256", digest.Hex));
        }

        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [artifact, image] }));
        Assert.Equal(image, Assert.Single(await Reader.ReadAsync(Archive)).Target);

        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [artifact] }));
        Assert.Contains("artifacts, not images", (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Message, StringComparison.Ordinal);
    }

    private sealed class SynchronousProgress(Action<ArchiveProgress> report) : IProgress<ArchiveProgress>
    {
        public void Report(ArchiveProgress value) => report(value);
    }

    private (Descriptor Index, Descriptor Amd, Descriptor Arm) MakeIndex()
    {
        var amd = StoredImages.Make(_store, Amd64, ["a"]);
        var arm = StoredImages.Make(_store, Arm64, ["b"]);
        return (StoredImages.MakeIndex(_store, (Amd64, amd), (Arm64, arm)), amd, arm);
    }

    private static ImageCatalog Catalog(TemporaryStore store) => new(store.Layout, store.Content, store.References, store.Layers);

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Config(params byte[][] layers)
        => OciJson.Serialize(new ImageConfig
        {
            Architecture = "amd64",
            Os = "linux",
            RootFs = new RootFs { DiffIds = [.. layers.Select(l => Digest.Of(l))] },
        });

    // A content that begins with "->" makes a symbolic link.
    private void WriteTar(params (string Path, byte[] Content)[] entries)
    {
        using var output = File.Create(Archive);
        using var tar = new TarWriter(output, TarEntryFormat.Pax);
        foreach (var (path, content) in entries)
        {
            tar.WriteEntry(content.AsSpan().StartsWith("->"u8)
                ? new PaxTarEntry(System.Formats.Tar.TarEntryType.SymbolicLink, path) { LinkName = Encoding.UTF8.GetString(content)[2..] }
                : new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
        }
    }

    private static List<PaxOrUstar> ReadTar(Stream stream)
    {
        var entries = new List<PaxOrUstar>();
        using var reader = new TarReader(stream, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(new PaxOrUstar(entry.Name, entry.EntryType, entry.Mode, entry.ModificationTime));
        }

        return entries;
    }

    private sealed record PaxOrUstar(string Name, System.Formats.Tar.TarEntryType EntryType, UnixFileMode Mode, DateTimeOffset ModificationTime);

    private static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var output = new MemoryStream();
        stream.CopyTo(output);
        return output.ToArray();
    }

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 1000));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
