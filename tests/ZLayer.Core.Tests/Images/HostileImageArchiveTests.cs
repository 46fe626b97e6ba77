using System.Formats.Tar;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Layers;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

/// <summary>Archives that are damaged, or mean harm: the store stays as it was.</summary>
public sealed class HostileImageArchiveTests : ArchiveTest
{
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
        var target = StoredImages.Make(Store, "first", "a");
        var image = Catalog(Store).Load(target, null, "a");
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
        Assert.Empty(Other.Content.Enumerate());
        Assert.Empty(Other.Leftovers());
    }

    [Fact]
    public async Task A_docker_archive_with_a_wrong_layer_leaves_the_store_as_it_was()
    {
        var truth = StoredImages.Tar("a", "truth");
        foreach (var lie in new[] { StoredImages.Tar("a", "other"), Gzip(StoredImages.Tar("a", "other")) })
        {
            WriteTar(("l.tar", lie), ("c.json", Config(truth)), ("manifest.json", Json("""[{"Config":"c.json","Layers":["l.tar"]}]""")));
            Assert.Equal(ZLayerErrorKind.DigestMismatch, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
            Assert.Empty(Other.Content.Enumerate());
        }
    }

    [Fact]
    public async Task Every_truncation_of_an_archive_is_an_error_or_harmless()
    {
        using var plain = new MemoryStream();
        var target = StoredImages.Make(Store, "a");
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
                Assert.Empty(Other.Content.Enumerate());
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
        Assert.Empty(Other.Content.Enumerate());
        Assert.Empty(Other.Leftovers());
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
        await Writer.WriteAsync([new(StoredImages.Make(Store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var index = Path.Combine(Archive, "index.json");
        File.Move(index, Path.Combine(Store.Parent, "outside.json"));
        File.CreateSymbolicLink(index, "../outside.json");
        Assert.Equal(ZLayerErrorKind.InvalidArchive, (await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive))).Kind);
    }

    [Theory]
    [InlineData("blobs")]
    [InlineData("blobs/sha256")]
    public async Task Directories_that_are_links_out_of_a_directory_are_not_read_through(string link)
    {
        await Writer.WriteAsync([new(StoredImages.Make(Store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var outside = Path.Combine(Store.Parent, "outside");
        Directory.Move(Path.Combine(Archive, link), outside);
        File.CreateSymbolicLink(Path.Combine(Archive, link), outside);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains("leads out", error.Message, StringComparison.Ordinal);
        Assert.Empty(Other.Content.Enumerate());
    }

    [SkippableFact]
    public async Task Links_within_a_directory_are_followed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var target = StoredImages.Make(Store, "a");
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
        await Writer.WriteAsync([new(StoredImages.Make(Store, "a"), [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_names_than_anybody_gives_are_refused(bool isLayout)
    {
        var target = StoredImages.Make(Store, "a");
        var config = Catalog(Store).Load(target, null, "a").ConfigDigest;
        await Writer.WriteAsync([new(target, [])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, Archive);
        var names = string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"app:{i}\""));
        File.WriteAllText(Path.Combine(Archive, "manifest.json"), $$"""[{"Config":"blobs/sha256/{{config.Hex}}","RepoTags":[{{names}}],"Layers":["blobs/sha256/{{Catalog(Store).Load(target, null, "a").DiffIds[0].Hex}}"]}]""");
        if (!isLayout)
        {
            File.Delete(Path.Combine(Archive, "oci-layout"));
        }

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Reader.ReadAsync(Archive));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Empty(Other.Content.Enumerate());
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

        Assert.Equal(300, Catalog(Other).Load(image.Target, null, "many").DiffIds.Count);
        Assert.Single(unpacked);
    }
}
