using System.Formats.Tar;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Exporters;

public sealed class ExporterTests : IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    private static readonly Platform Arm64 = Platform.Parse("linux/arm64/v8");

    private readonly TemporaryStore _store = new();
    private readonly Publisher _publisher = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("type=oci,dest=a.tar,compression=zstd", "oci", "a.tar", "compression=zstd")]
    [InlineData("type=image,\"name=a,b\",push=true", "image", null, "name=a,b;push=true")]
    [InlineData("type=tar,dest=-", "tar", "-", "")]
    [InlineData("out/dir", "local", "out/dir", "")]
    [InlineData("-", "tar", "-", "")]
    public void Specifications_are_read_as_users_write_them(string text, string type, string? destination, string attributes)
    {
        var specification = ExporterSpecification.Parse(text);
        Assert.Equal((type, destination), (specification.Type, specification.Destination));
        Assert.Equal(attributes, string.Join(';', specification.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}")));
    }

    [Theory]
    [InlineData("type=oci,\"dest=a,b.tar\",name=x")]
    [InlineData("type=image,\"name=a,b\",push=true")]
    [InlineData("type=tar,\"dest=\"\"a\"\".tar\"")]
    public void The_text_of_a_specification_is_read_back_as_it_was(string text) => Assert.Equal(text, ExporterSpecification.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("dest=a.tar")]
    [InlineData("type=oci,dest")]
    [InlineData("type=oci,\"dest=a")]
    [InlineData("type=oci,name=a,name=b")]
    [InlineData("type=oci,dest=a,dest=b")]
    [InlineData("type=oci,type=docker,dest=a")]
    public void Specifications_that_say_nothing_clear_are_refused(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => ExporterSpecification.Parse(text)).Kind);

    [Theory]
    [InlineData("type=oci,dest=a.tar,compresion=zstd", "compression")]
    [InlineData("type=oci,dest=a.tar,compression=lzma", "gzip")]
    [InlineData("type=oci,dest=a.tar,compression=gzip,compression-level=10", "9")]
    [InlineData("type=oci,dest=a.tar,compression=gzip,compression-level=0", "9")]
    [InlineData("type=docker,dest=a.tar,tar=maybe", "true")]
    [InlineData("type=tar,dest=a.tar,source-date-epoch=yesterday", "1970")]
    [InlineData("type=oci", "dest")]
    [InlineData("type=local,dest=-", "type=local")]
    [InlineData("type=olci,dest=a", "oci")]
    [InlineData("type=registry,dest=a.tar,name=localhost:1/a", "dest=a.tar means nothing")]
    [InlineData("type=image,dest=-", "dest=- means nothing")]
    [InlineData("type=image,dst=a", "It has")]
    [InlineData("type=image,push-by-digest=true", "push=true")]
    [InlineData("type=image,oci-mediatypes=false", "push=true")]
    [InlineData("type=registry,push=false,oci-mediatypes=0", "push=true")]
    [InlineData("type=tar,dest=a.tar,compression=gzip", "type=tar has no attribute")]
    [InlineData("type=local,dest=a,rewrite-timestamp=true", "type=local has no attribute")]
    public void Bad_options_fail_before_the_build_and_say_what_is_right(string text, string hint)
    {
        var error = Assert.Throws<ZLayerException>(() => Set.Resolve([ExporterSpecification.Parse(text)]));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(hint, error.Message + error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oci", "")]
    [InlineData("oci", ",compression=zstd")]
    [InlineData("oci", ",tar=false")]
    [InlineData("docker", "")]
    public async Task Image_outputs_hold_the_image(string type, string more)
    {
        var source = Source(StoredImages.Make(_store, "a", "b"));
        var path = Path.Combine(_store.Parent, "out");
        var results = await RunAsync(source, $"type={type},dest={path},name=app:1{more}");

        using var other = new TemporaryStore();
        var read = Assert.Single(await new ArchiveReader(other.Layout, other.Content, other.Layers).ReadAsync(path));
        Assert.Equal("app:1", read.Reference!.ToFamiliarString());
        Assert.Equal(source.Images[0].DiffIds, Catalog(other).Load(read.Target, null, "app").DiffIds);
        Assert.Equal(path, Assert.Single(results).Destination);
    }

    [Fact]
    public async Task A_tar_output_is_the_file_system_and_the_same_each_time()
    {
        var source = Source(StoredImages.Make(_store, "a", "b"));
        var first = Path.Combine(_store.Parent, "1.tar");
        var second = Path.Combine(_store.Parent, "2.tar");
        await RunAsync(source, $"type=tar,dest={first},source-date-epoch=1000");
        await RunAsync(source, $"type=tar,dest={second},source-date-epoch=1000");
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        var entries = Read(first);
        Assert.Contains("files/a", entries.Keys);
        Assert.Contains("files/b", entries.Keys);
        Assert.All(entries.Values, time => Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1000), time));
    }

    [Fact]
    public async Task What_an_upper_layer_hides_is_not_in_the_output()
    {
        var source = Source(StoredImages.Make(_store, "gone", "kept", ".wh.gone"));
        var path = Path.Combine(_store.Parent, "out.tar");
        await RunAsync(source, $"type=tar,dest={path}");
        var names = Read(path).Keys;
        Assert.Contains("files/kept", names);
        Assert.DoesNotContain(names, name => name.Contains("gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_local_output_is_files_in_a_directory()
    {
        var path = Path.Combine(_store.Parent, "out");
        await RunAsync(Source(StoredImages.Make(_store, "a", "b")), $"type=local,dest={path}");
        Assert.Equal("a", File.ReadAllText(Path.Combine(path, "files/a")));
        Assert.Equal("b", File.ReadAllText(Path.Combine(path, "files/b")));
    }

    [Fact]
    public async Task Several_platforms_go_to_a_directory_each()
    {
        var amd = StoredImages.Make(_store, Amd64, ["a"]);
        var arm = StoredImages.Make(_store, Arm64, ["b"]);
        var index = StoredImages.MakeIndex(_store, (Amd64, amd), (Arm64, arm));
        var source = new ExportSource { Root = index, Images = [Catalog(_store).Load(index, Amd64, "x"), Catalog(_store).Load(index, Arm64, "x")] };
        var path = Path.Combine(_store.Parent, "out");
        await RunAsync(source, $"type=local,dest={path}");
        Assert.Equal("a", File.ReadAllText(Path.Combine(path, "linux_amd64/files/a")));
        Assert.Equal("b", File.ReadAllText(Path.Combine(path, "linux_arm64/files/b")));
    }

    [Theory]
    [InlineData("local", "")]
    [InlineData("tar", "")]
    [InlineData("local", ",platform-split=true")]
    public async Task Two_versions_of_Windows_are_two_directories(string type, string more)
    {
        var source = TwoWindows("a", "b");
        var path = Path.Combine(_store.Parent, "out");
        await RunAsync(source, $"type={type},dest={path}{more}");
        string[] wanted = ["windows(10.0.17763)_amd64", "windows(10.0.20348)_amd64"];
        Assert.Equal(wanted, (type == "local" ? Directory.EnumerateDirectories(path).Select(Path.GetFileName) : Read(path).Keys.Where(k => !k.Contains('/', StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("local")]
    [InlineData("tar")]
    public async Task Platforms_that_are_not_split_overwrite_nothing_of_each_other(string type)
    {
        var path = Path.Combine(_store.Parent, "out");
        var two = Source(StoredImages.Make(_store, "a"));
        two = two with { Images = [two.Images[0], two.Images[0]], Platforms = [Amd64, Arm64] };
        var error = await Assert.ThrowsAsync<ZLayerException>(() => RunAsync(two, $"type={type},dest={path},platform-split=false"));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("linux/arm64", error.Message, StringComparison.Ordinal);
    }

    private ExportSource TwoWindows(string first, string second)
    {
        var images = new[] { first, second }.Select(text => Source(StoredImages.Make(_store, text)).Images[0]).ToList();
        return new ExportSource
        {
            Root = images[0].ManifestDescriptor, Images = images, Platforms = [Platform.Parse("windows(10.0.17763)/amd64"), Platform.Parse("windows(10.0.20348)/amd64")],
        };
    }

    [Fact]
    public async Task An_output_that_fails_leaves_no_file_of_its_name()
    {
        var source = Source(StoredImages.Make(_store, "a"));
        _store.Content.Delete(source.Images[0].Manifest.Layers[0].Digest);
        var path = Path.Combine(_store.Parent, "out.tar");
        await Assert.ThrowsAsync<ZLayerException>(() => RunAsync(source, $"type=oci,dest={path}"));
        await Assert.ThrowsAsync<ZLayerException>(() => RunAsync(source, $"type=tar,dest={path}"));
        Assert.Empty(Directory.EnumerateFiles(_store.Parent));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(",oci-mediatypes=true", null)]
    [InlineData(",oci-mediatypes=false", ImageFormat.Docker)]
    public async Task What_is_pushed_has_the_types_that_the_output_asks_for(string more, ImageFormat? format)
    {
        await RunAsync(Source(StoredImages.Make(_store, "a")), $"type=registry,name=localhost:1/app{more}");

        Assert.Equal(format, Assert.Single(_publisher.Pushes).Format);
    }

    private ExporterSet Set
    {
        get
        {
            var writer = new ArchiveWriter(_store.Content, _store.Layers, _store.Leases);
            return new ExporterSet([new ImageExporter(_store.References, _store.Leases, _publisher), ArchiveExporter.Oci(writer), ArchiveExporter.Docker(writer), new LocalExporter(_store.Layers), new TarExporter(_store.Layers)]);
        }
    }

    private Task<IReadOnlyList<ExportResult>> RunAsync(ExportSource source, string output)
        => ExporterSet.RunAsync(Set.Resolve([ExporterSpecification.Parse(output)]), source, _ => null, CancellationToken.None);

    private ExportSource Source(Descriptor target) => new() { Root = target, Images = [Catalog(_store).Load(target, null, "app")] };

    private static ImageCatalog Catalog(TemporaryStore store) => new(store.Layout, store.Content, store.References, store.Layers);

    private static Dictionary<string, DateTimeOffset> Read(string path)
    {
        var entries = new Dictionary<string, DateTimeOffset>();
        using var reader = new TarReader(File.OpenRead(path));
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(entry.Name.TrimEnd('/'), entry.ModificationTime);
        }

        return entries;
    }

    private sealed class Publisher : IImagePublisher
    {
        public List<PushOptions> Pushes { get; } = [];

        public Task<PushResult> PublishAsync(
            Descriptor root, ImageReference destination, PushOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Pushes.Add(options);
            return Task.FromResult(new PushResult
            {
                Destination = destination, Digest = root.Digest, MediaType = root.MediaType, Uploaded = 0, Mounted = 0, Skipped = 0, Bytes = 0, Duration = TimeSpan.Zero,
            });
        }
    }
}
