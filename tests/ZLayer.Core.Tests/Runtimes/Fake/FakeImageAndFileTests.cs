using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Fake;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

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
    public async Task A_pull_reports_bytes_and_ends_with_one_done()
    {
        var progress = await Runtime.PullImageStreamAsync(ImageReference.Parse("nginx:1"), new RuntimePullOptions(), Soon).ToListAsync();
        Assert.Contains(progress.OfType<PullStatus>(), s => s.Total > 0);
        var done = Assert.IsType<PullDone>(progress[^1]);
        Assert.Single(progress.OfType<PullDone>());
        Assert.Equal(done.Digest, Assert.Single(await Runtime.ListImagesAsync()).Digest);
        Assert.Equal(ZLayerErrorKind.ImageNotFound, await KindAsync(() => Runtime.PullImageAsync(ImageReference.Parse("other"), new RuntimePullOptions { Policy = PullPolicy.Never })));
        await Runtime.PullImageAsync(ImageReference.Parse("other"), new RuntimePullOptions { Policy = PullPolicy.Never, AllowMissing = true });
    }

    [Fact]
    public async Task Names_come_and_go_and_the_last_one_takes_the_image_with_it()
    {
        await Runtime.PullImageAsync(ImageReference.Parse("nginx:1"));
        await Runtime.TagImageAsync("nginx:1", ImageReference.Parse("web:a"));
        Assert.Equal(["nginx:1", "web:a"], (await Runtime.ListImagesAsync()).Select(i => i.ToString()));
        var id = (await Runtime.InspectImageAsync("web:a")).Id;
        Assert.Equal(["nginx:1", "web:a"], (await Runtime.InspectImageAsync(id.Hex[..6])).RepoTags);
        Assert.Equal(ZLayerErrorKind.ImageInUse, await KindAsync(() => Runtime.RemoveImageAsync(id.ToString())));
        Assert.Empty((await Runtime.RemoveImageAsync("web:a")).Deleted);
        Assert.NotEmpty((await Runtime.RemoveImageAsync("nginx:1")).Deleted);
        Assert.Equal(ZLayerErrorKind.ImageNotFound, await KindAsync(() => Runtime.RemoveImageAsync("nginx:1")));
    }

    [Fact]
    public async Task An_image_that_a_container_uses_stays()
    {
        await RunAsync("web", "true");
        Assert.Equal(ZLayerErrorKind.ImageInUse, await KindAsync(() => Runtime.RemoveImageAsync("alpine")));
        Assert.Empty((await Runtime.PruneImagesAsync(all: true)).Removed);
        await Runtime.RemoveContainerAsync("web", new ContainerRemoveOptions());
        Assert.NotEmpty((await Runtime.PruneImagesAsync(all: true)).Removed);
    }

    [Fact]
    public async Task A_commit_keeps_the_files_and_applies_the_changes()
    {
        await RunAsync("web");
        await ExecAsync("web", "sh", "-c", "echo hi > /srv.txt; rm /etc/group");
        var id = await Runtime.CommitContainerAsync("web", new CommitOptions { Target = ImageReference.Parse("mine:1"), Comment = "done", Changes = ["CMD [\"cat\", \"/srv.txt\"]", "LABEL a=b"] });
        var image = await Runtime.InspectImageAsync("mine:1");
        Assert.Equal((id, "done", "b"), (image.Id, image.Comment, image.Labels["a"]));
        Assert.Equal(2, image.Layers.Count);
        await RunAsync(new ContainerSpecification { Image = "mine:1", Name = "copy" });
        Assert.Equal("hi", await TextOfAsync("copy"));
        Assert.Equal(3, (await Runtime.GetImageHistoryAsync("mine:1")).Count);
        Assert.Equal(id, (await Runtime.GetImageHistoryAsync("mine:1"))[0].Id);
    }

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
    public async Task Files_go_in_and_out_as_archives()
    {
        await RunAsync("web");
        await ExecAsync("web", "sh", "-c", "mkdir -p /data/sub; echo a > /data/a; echo b > /data/sub/b");
        using var archive = await Runtime.GetArchiveAsync("web", "/data");
        await ExecAsync("web", "mkdir", "/copy");
        await Runtime.PutArchiveAsync("web", "/copy", archive, new ArchivePutOptions());
        Assert.Equal("b\n", (await ExecAsync("web", "cat", "/copy/data/sub/b")).StdOut);
        var stat = await Runtime.GetPathStatAsync("web", "/copy/data/a");
        Assert.Equal(("a", 2L, "-rw-r--r--"), (stat.Name, stat.Size, stat.Mode.ToString()));
        Assert.Equal(ZLayerErrorKind.ContainerPathNotFound, await KindAsync(() => Runtime.GetPathStatAsync("web", "/no")));
        Assert.Equal(ZLayerErrorKind.ContainerPathNotFound, await KindAsync(() => Runtime.GetArchiveAsync("web", "/no/way")));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.PutArchiveAsync("web", "/data/a", new MemoryStream(new byte[1024]), new ArchivePutOptions())));
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

    [Fact]
    public async Task Changes_are_told_as_docker_tells_them()
    {
        await RunAsync("web");
        await ExecAsync("web", "sh", "-c", "echo x > /etc/new; rm /etc/group; echo >> /etc/passwd");
        Assert.Equal(
            [(FileChangeKind.Modified, "/etc"), (FileChangeKind.Deleted, "/etc/group"), (FileChangeKind.Added, "/etc/new"), (FileChangeKind.Modified, "/etc/passwd")],
            (await Runtime.GetContainerChangesAsync("web")).Select(c => (c.Kind, c.Path)));
        using var export = await Runtime.ExportContainerAsync("web");
        using var reader = new LayerTarReader(export);
        var paths = new List<string>();
        while (reader.MoveNext() is { } entry)
        {
            paths.Add(entry.Path.TrimEnd('/'));
        }

        Assert.Contains("etc/new", paths);
        Assert.DoesNotContain("etc/group", paths);
    }
}
