using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Fake;

public sealed class FakeImageAndFileTests : FakeTestBase
{
    [Theory]
    [InlineData("missing.invalid/app", ZLayerErrorKind.ImageNotFound)]
    [InlineData("denied.invalid/app", ZLayerErrorKind.RegistryAuthenticationFailed)]
    [InlineData("away.invalid:5000/app", ZLayerErrorKind.RegistryUnreachable)]
    public async Task Some_hosts_fail_on_purpose(string image, ZLayerErrorKind kind)
        => Assert.Equal(kind, await KindAsync(() => Runtime.PullImageAsync(ImageReference.Parse(image))));

    [Fact]
    public async Task Saved_images_load_into_another_runtime()
    {
        await Runtime.PullImageAsync(ImageReference.Parse("nginx:1"));
        await Runtime.PullImageAsync(ImageReference.Parse("redis:7"));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.SaveImagesAsync([])));
        await using var archive = await Runtime.SaveImagesAsync(["nginx:1", "redis:7"]);
        IContainerRuntime other = new FakeRuntime();
        var progress = await other.LoadImagesAsync(archive, quiet: false, Soon).ToListAsync();
        Assert.Equal(["nginx:1", "redis:7"], Assert.IsType<LoadDone>(progress[^1]).References);
        Assert.Equal((await Runtime.ListImagesAsync()).Select(i => i.Id), (await other.ListImagesAsync()).Select(i => i.Id));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, await KindAsync(async () => await other.LoadImagesAsync(new MemoryStream(new byte[1024])).ToListAsync()));
    }

    [Fact]
    public async Task A_root_file_system_becomes_an_image_and_its_scripts_run()
    {
        var tar = new MemoryStream();
        var script = "#!/bin/sh\necho served $1\n"u8.ToArray();
        using (var writer = new LayerTarWriter(tar))
        {
            writer.WriteFile(new TarEntry { Path = "usr/bin/serve", Type = TarEntryType.File, Mode = 0x1ED, Size = script.Length }, script);
            writer.Complete();
        }

        tar.Position = 0;
        await Runtime.ImportImageAsync(tar, ImageReference.Parse("own:1"), new ImageImportOptions { Changes = ["ENTRYPOINT [\"serve\"]", "CMD [\"it\"]"] });
        await RunAsync(new ContainerSpecification { Image = "own:1", Name = "own" });
        Assert.Equal("served it", await TextOfAsync("own"));
    }

    [Fact]
    public async Task Search_finds_something()
    {
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.SearchImagesAsync(" ")));
        Assert.True(Assert.Single(await Runtime.SearchImagesAsync("nginx", 1)).IsOfficial);
    }

    [Fact]
    public async Task A_refused_archive_changes_nothing()
    {
        await RunAsync("web");
        await ExecAsync("web", "sh", "-c", "mkdir /in; mkdir /in/b; mkdir /out; echo x > /out/a; echo x > /out/b");
        using var archive = await Runtime.GetArchiveAsync("web", "/out");
        await ExecAsync("web", "sh", "-c", "rm -r /out; mkdir -p /out/b");
        var error = await KindAsync(() => Runtime.PutArchiveAsync("web", "/", archive, new ArchivePutOptions { NoOverwriteDirNonDir = true }));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error);
        Assert.Equal("b\n", (await ExecAsync("web", "ls", "/out")).StdOut);
    }
}
