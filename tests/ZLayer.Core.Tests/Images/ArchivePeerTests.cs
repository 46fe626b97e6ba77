using System.Formats.Tar;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

/// <summary>Archives of ours in the hands of other programs, and theirs in ours.</summary>
[Collection(DockerEngineCollection.Name)]
[Trait("Kind", "Integration")]
public sealed class ArchivePeerTests(DockerEngineFixture docker) : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly TemporaryStore _other = new();

    private string Archive => Path.Combine(_store.Parent, "archive.tar");

    public void Dispose()
    {
        _store.Dispose();
        _other.Dispose();
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData(LayerCompression.Gzip)]
    public async Task Docker_loads_and_runs_a_docker_archive(LayerCompression? compression)
    {
        RequireDocker();
        var name = $"zlayer-test-{Guid.NewGuid():N}:1";
        var image = MakeBusybox("hello from the archive");
        await WriteAsync(ArchiveFormat.DockerArchive, compression, new ArchiveImage(image, [ImageReference.Parse(name)]));

        Assert.Contains(name, (await docker.RunAsync("load", "-i", Archive)).Text, StringComparison.Ordinal);

        Assert.Equal(Catalog(_store).Load(image, null, name).ConfigDigest.ToString(), (await docker.RunAsync("image", "inspect", "-f", "{{.Id}}", name)).Text);
        Assert.Equal("hello from the archive", (await docker.RunAsync("run", "--rm", "--network", "none", name)).Text);
        await docker.RunAsync("rmi", name);
    }

    [SkippableFact]
    public async Task Docker_loads_several_images_with_shared_layers()
    {
        RequireDocker();
        var id = Guid.NewGuid().ToString("N");
        var first = new ArchiveImage(StoredImages.Make(_store, "shared", "a"), [ImageReference.Parse($"zlayer-a-{id}"), ImageReference.Parse($"zlayer-a-{id}:2")]);
        var second = new ArchiveImage(StoredImages.Make(_store, "shared", "b"), [ImageReference.Parse($"zlayer-b-{id}")]);
        await WriteAsync(ArchiveFormat.DockerArchive, null, first, second);
        var said = (await docker.RunAsync("load", "-i", Archive)).Text;
        Assert.Equal(3, said.Split('\n').Length);
        await docker.RunAsync("rmi", $"zlayer-a-{id}", $"zlayer-a-{id}:2", $"zlayer-b-{id}");
    }

    [SkippableFact]
    public async Task What_docker_saves_is_read_back_with_the_same_id()
    {
        RequireDocker();
        var id = Guid.NewGuid().ToString("N");
        var image = MakeBusybox("again");
        await WriteAsync(ArchiveFormat.DockerArchive, null, new ArchiveImage(image, [ImageReference.Parse($"zlayer-s-{id}")]));
        await docker.RunAsync("load", "-i", Archive);
        var saved = Path.Combine(_other.Parent, "saved.tar");
        _ = (await docker.RunAsync("save", "-o", saved, $"zlayer-s-{id}")).Text;

        var read = Assert.Single(await new ArchiveReader(_other.Layout, _other.Content, _other.Layers).ReadAsync(saved));

        Assert.Equal($"zlayer-s-{id}:latest", read.Reference!.ToFamiliarString());
        var ours = Catalog(_store).Load(image, null, "ours");
        var theirs = Catalog(_other).Load(read.Target, null, "theirs");
        Assert.Equal(ours.ConfigDigest, theirs.ConfigDigest);
        Assert.Equal(ours.DiffIds, theirs.DiffIds);
        await docker.RunAsync("rmi", $"zlayer-s-{id}");
    }

    [SkippableTheory]
    [InlineData(nameof(ArchiveFormat.OciArchive), "oci-archive", null)]
    [InlineData(nameof(ArchiveFormat.OciArchive), "oci-archive", LayerCompression.Gzip)]
    [InlineData(nameof(ArchiveFormat.OciArchive), "oci-archive", LayerCompression.Zstd)]
    [InlineData(nameof(ArchiveFormat.OciDirectory), "oci", LayerCompression.Gzip)]
    [InlineData(nameof(ArchiveFormat.DockerArchive), "docker-archive", LayerCompression.Gzip)]
    public async Task Skopeo_reads_and_copies_what_we_write(string format, string transport, LayerCompression? compression)
    {
        Require("skopeo");
        var image = StoredImages.Make(_store, "a", "b");
        await WriteAsync(Enum.Parse<ArchiveFormat>(format), compression, new ArchiveImage(image, [ImageReference.Parse("app:1")]));
        var copy = Path.Combine(_other.Parent, "copy");

        var inspected = (await Programs.RunAsync("skopeo", "inspect", "--config", $"{transport}:{Archive}")).Text;
        _ = (await Programs.RunAsync("skopeo", "--insecure-policy", "copy", $"{transport}:{Archive}", $"oci:{copy}:x")).Text;

        Assert.Contains("/hello", inspected, StringComparison.Ordinal);
        var read = Assert.Single(await new ArchiveReader(_other.Layout, _other.Content, _other.Layers).ReadAsync(copy));
        Assert.Equal("x", read.Name);
        Assert.Equal(Catalog(_store).Load(image, null, "a").DiffIds, Catalog(_other).Load(read.Target, null, "b").DiffIds);
    }

    [SkippableTheory]
    [InlineData("oci-archive", ":app:1")]
    [InlineData("docker-archive", ":app:1")]
    public async Task What_skopeo_writes_is_read(string transport, string suffix)
    {
        Require("skopeo");
        var image = StoredImages.Make(_store, "a", "b");
        var layout = Path.Combine(_store.Parent, "layout");
        await new ArchiveWriter(_store.Content, _store.Layers, _store.Leases).WriteAsync(
            [new(image, [ImageReference.Parse("app:1")])], new ArchiveOptions { Format = ArchiveFormat.OciDirectory }, layout);
        _ = (await Programs.RunAsync("skopeo", "--insecure-policy", "copy", $"oci:{layout}", $"{transport}:{Archive}{suffix}")).Text;

        var read = Assert.Single(await new ArchiveReader(_other.Layout, _other.Content, _other.Layers).ReadAsync(Archive));

        Assert.Equal("docker.io/library/app:1", read.Reference!.ToString());
        Assert.Equal(Catalog(_store).Load(image, null, "a").DiffIds, Catalog(_other).Load(read.Target, null, "b").DiffIds);
    }

    [SkippableFact]
    public async Task Umoci_unpacks_a_layout_of_ours()
    {
        Require("umoci");
        Skip.IfNot(Environment.IsPrivilegedProcess, "umoci unpacks owners as root");
        var layout = Path.Combine(_store.Parent, "layout");
        await new ArchiveWriter(_store.Content, _store.Layers, _store.Leases).WriteAsync(
            [new(StoredImages.Make(_store, "a", "b"), [ImageReference.Parse("app:1")])],
            new ArchiveOptions { Format = ArchiveFormat.OciDirectory, Compression = LayerCompression.Gzip }, layout);
        var bundle = Path.Combine(_store.Parent, "bundle");
        _ = (await Programs.RunAsync("umoci", "unpack", "--image", $"{layout}:1", bundle)).Text;
        Assert.Equal("a", File.ReadAllText(Path.Combine(bundle, "rootfs/files/a")));
        Assert.Equal("b", File.ReadAllText(Path.Combine(bundle, "rootfs/files/b")));
    }

    [SkippableTheory]
    [InlineData("oci-archive")]
    [InlineData("docker-archive")]
    public async Task What_buildah_writes_is_read(string transport)
    {
        Require("buildah");
        Skip.IfNot(Environment.IsPrivilegedProcess, "buildah with a store of its own needs root");
        string[] common = ["--root", Path.Combine(_store.Parent, "b-root"), "--runroot", Path.Combine(_store.Parent, "b-run"), "--storage-driver", "vfs"];
        Task<ProgramResult> Buildah(params string[] arguments) => Programs.RunAsync("buildah", [.. common, .. arguments]);
        var file = Path.Combine(_store.Parent, "file.txt");
        File.WriteAllText(file, "of buildah");
        var container = (await Buildah("from", "scratch")).Text;
        _ = (await Buildah("copy", container, file, "/data/file.txt")).Text;
        _ = (await Buildah("commit", "-q", container, "made:1")).Text;
        _ = (await Buildah("push", "-q", "made:1", $"{transport}:{Archive}:localhost/made:1")).Text;

        var read = Assert.Single(await new ArchiveReader(_other.Layout, _other.Content, _other.Layers).ReadAsync(Archive));

        Assert.Equal("localhost/made:1", read.Reference!.ToFamiliarString());
        var diffId = Assert.Single(Catalog(_other).Load(read.Target, null, "made").DiffIds);
        Assert.Equal("of buildah", File.ReadAllText(Path.Combine(_other.Layers.EnsureDirectory(diffId), "data/file.txt")));
    }

    [SkippableFact]
    public async Task The_store_itself_is_a_layout_whose_blobs_others_read()
    {
        Require("skopeo");
        var image = StoredImages.Make(_store, "a");
        var index = Path.Combine(_store.Layout.Root, "index.json");
        File.WriteAllBytes(index, OciJson.Serialize(new ImageIndex { Manifests = [image] }));
        Assert.Contains("/hello", (await Programs.RunAsync("skopeo", "inspect", "--config", $"oci:{_store.Layout.Root}")).Text, StringComparison.Ordinal);
    }

    private void RequireDocker()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Require("busybox");
    }

    private static void Require(string program) => Skip.If(Programs.Find(program) is null, $"{program} is not installed");

    private Task WriteAsync(ArchiveFormat format, LayerCompression? compression, params ArchiveImage[] images)
        => new ArchiveWriter(_store.Content, _store.Layers, _store.Leases).WriteAsync(
            images, new ArchiveOptions { Format = format, Compression = compression }, Archive);

    private static ImageCatalog Catalog(TemporaryStore store) => new(store.Layout, store.Content, store.References, store.Layers);

    private Descriptor MakeBusybox(string text)
    {
        using var output = new MemoryStream();
        using (var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true))
        {
            using var program = File.OpenRead(Programs.Find("busybox")!);
            tar.WriteEntry(new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "bin/busybox") { DataStream = program, Mode = (UnixFileMode)0x1ED });
        }

        var layer = _store.Content.Write(output.ToArray());
        var config = OciJson.Serialize(new ImageConfig
        {
            Architecture = Platform.Host.Architecture,
            Os = "linux",
            Config = new ContainerDefaults { Cmd = ["/bin/busybox", "echo", text] },
            RootFs = new RootFs { DiffIds = [layer] },
            History = [new HistoryEntry { CreatedBy = "COPY busybox /bin/" }],
        });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = _store.Content.Write(config), Size = config.Length },
            Layers = [new Descriptor { MediaType = MediaTypes.OciLayer, Digest = layer, Size = output.Length }],
        });
        return new Descriptor { MediaType = MediaTypes.OciManifest, Digest = _store.Content.Write(manifest), Size = manifest.Length };
    }
}
