using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

/// <summary>Archives of others, and what their names mean.</summary>
public sealed class ArchiveReaderTests : ArchiveTest
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("stream")]
    public async Task Compressed_archives_and_streams_are_read(string how)
    {
        var target = StoredImages.Make(Store, "a");
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
        Assert.Empty(Other.Leftovers());
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
        var image = Catalog(Other).Load(read[0].Target, null, "old");
        Assert.Equal(id, image.ConfigDigest.Hex);
        Assert.Equal(compressedLayers ? MediaTypes.OciLayerGzip : MediaTypes.OciLayer, image.Manifest.Layers[0].MediaType);
        using var tar = Other.Layers.OpenTar(Digest.Of(b));
        Assert.Equal(b, ReadAll(tar));
    }

    [Fact]
    public async Task An_image_without_layers_is_read()
    {
        var config = Json("""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"} }""");
        WriteTar(("c.json", config), ("manifest.json", Json("""[{"Config":"c.json","RepoTags":null,"Layers":null}]""")));
        var image = Assert.Single(await Reader.ReadAsync(Archive));
        Assert.Null(image.Reference);
        Assert.Empty(Catalog(Other).Load(image.Target, null, "empty").DiffIds);
    }

    [Fact]
    public async Task Names_of_manifest_json_are_used_where_the_layout_has_none()
    {
        var target = StoredImages.Make(Store, "a");
        var config = Catalog(Store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $$"""[{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":["app:1"],"Layers":[]}]""");
        Assert.Equal("app:1", Assert.Single(await Reader.ReadAsync(Archive)).Reference!.ToFamiliarString());
    }

    [Fact]
    public async Task Two_levels_of_indexes_are_read()
    {
        var (index, _, _) = MakeIndex();
        var outer = StoredImages.MakeIndex(Store, (Amd64, index));
        await Writer.WriteAsync([new(outer, [ImageReference.Parse("nested")])], new ArchiveOptions(), Archive);
        Assert.Equal(outer, Assert.Single(await Reader.ReadAsync(Archive)).Target);
        Assert.Equal(Arm64, Catalog(Other).Load(outer, Arm64, "nested").Platform);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_archive_comes_through_a_named_pipe(bool isCompressed)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var target = StoredImages.Make(Store, "a");
        using var plain = new MemoryStream();
        await Writer.WriteAsync([new(target, [ImageReference.Parse("a")])], new ArchiveOptions(), plain);
        Tests.Layers.Linux.MakeNode(Archive, ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo);

        var reading = Reader.ReadAsync(Archive);
        await File.WriteAllBytesAsync(Archive, isCompressed ? Gzip(plain.ToArray()) : plain.ToArray());

        Assert.Equal(target, Assert.Single(await reading).Target);
    }

    [Fact]
    public async Task An_image_that_is_named_thousands_of_times_is_read_and_named_once()
    {
        var target = StoredImages.Make(Store, "a");
        var config = Catalog(Store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [.. Enumerable.Repeat(target, 20_000)] }));
        var entry = $$"""{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":["app:1","app:1"],"Layers":[]}""";
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $"[{string.Join(',', Enumerable.Repeat(entry, 20_000))}]");

        var read = Assert.Single(await Reader.ReadAsync(Archive));

        Assert.Equal((target, "app:1"), (read.Target, read.Reference!.ToFamiliarString()));
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
        await using var engine = new ZLayerEngine(new ZLayerEngineOptions { Root = Other.Layout.Root });
        var warnings = new List<string>();

        var loaded = await engine.LoadAsync(Archive, new LoadOptions { Tag = ImageReference.Parse("mine:1"), Warn = warnings.Add });

        Assert.Equal(ImageReference.Parse("mine:1"), Assert.Single(loaded).Reference);
        Assert.Equal("mine:1", Assert.Single(engine.Images.List()).Reference!.ToFamiliarString());
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Artifacts_beside_images_are_passed_over_and_alone_are_told_apart()
    {
        var image = StoredImages.Make(Store, "a");
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            ArtifactType = "application/vnd.test",
            Config = new Descriptor { MediaType = MediaTypes.OciEmpty, Digest = Store.Content.Write("{}"u8.ToArray()), Size = 2 },
            Layers = [],
        });
        var artifact = new Descriptor { MediaType = MediaTypes.OciManifest, Digest = Store.Content.Write(manifest), Size = manifest.Length };
        await Writer.WriteAsync([new(image, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        foreach (var digest in (Digest[])[artifact.Digest, Digest.Of("{}"u8)])
        {
            File.Copy(Store.Content.GetPath(digest), Path.Combine(Archive, "blobs/sha256", digest.Hex));
        }

        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [artifact, image] }));
        Assert.Equal(image, Assert.Single(await Reader.ReadAsync(Archive)).Target);

        File.WriteAllBytes(Path.Combine(Archive, "index.json"), OciJson.Serialize(new ImageIndex { Manifests = [artifact] }));
        Assert.Contains("artifacts, not images", (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Message, StringComparison.Ordinal);
    }
}
