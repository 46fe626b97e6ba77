using System.Formats.Tar;
using System.IO.Compression;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerImageTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private readonly string _tag = "t" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _images = [];

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var image in _images)
        {
            await Docker.RunAsync("image", "rm", "-f", image);
        }
    }

    [SkippableFact]
    public async Task Images_are_listed_under_each_name_with_their_platform()
    {
        var (one, two) = (NewReference("one"), NewReference("two"));
        await Runtime.TagImageAsync(Image, one);
        await Runtime.TagImageAsync(one.ToString(), two);

        var images = await Runtime.ListImagesAsync();
        var first = Assert.Single(images, image => Equals(image.Reference, one));
        var second = Assert.Single(images, image => Equals(image.Reference, two));

        Assert.Equal(first.Id, second.Id);
        Assert.Equal((await Docker.RunAsync("image", "inspect", "--format", "{{.Id}} {{.Os}} {{.Architecture}}", Image)).Text, $"{first.Id} {first.Platform.Os} {first.Platform.Architecture}");
        Assert.Equal((one.FamiliarName, one.Tag, "docker", "1"), (first.Repository, first.Tag, first.Runtime, first.Labels["zlayer.test"]));
        Assert.True(first.Size > 100_000);
        Assert.NotNull(first.Created);
    }

    [SkippableFact]
    public async Task A_name_is_removed_and_with_the_last_one_the_image()
    {
        var (one, two) = (NewReference("one"), NewReference("two"));
        var id = await ImportAsync(one);
        await Runtime.TagImageAsync(id.ToString(), two);

        var first = await Runtime.RemoveImageAsync(one.ToFamiliarString());
        Assert.Contains(one.ToFamiliarString(), first.Untagged);
        Assert.Empty(first.Deleted);
        var second = await Runtime.RemoveImageAsync(two.ToFamiliarString());
        Assert.Contains(id.ToString(), second.Deleted);
        var error = await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.RemoveImageAsync(two.ToFamiliarString()));
        Assert.Equal(two.ToFamiliarString(), error.Subject);
    }

    [SkippableFact]
    public async Task An_image_in_use_is_kept_without_force()
    {
        var reference = NewReference();
        var id = await ImportAsync(reference);
        var name = NewName();
        await CreateAsync(Shell(name, "true") with { Image = reference.ToString() });

        await FailsAsync(ZLayerErrorKind.ImageInUse, () => Runtime.RemoveImageAsync(reference.ToString()));
        await FailsAsync(ZLayerErrorKind.ImageInUse, () => Runtime.RemoveImageAsync(id.ToString()));
        Assert.NotEmpty((await Runtime.RemoveImageAsync(reference.ToString(), force: true)).Untagged);
    }

    [SkippableFact]
    public async Task Names_with_digests_and_missing_images_cannot_be_tagged()
    {
        var id = (await Runtime.InspectImageAsync(Image)).Id;

        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.TagImageAsync(Image, NewReference().WithDigest(id)));
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.TagImageAsync("zlayer-test/none", NewReference()));
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.TagImageAsync("", NewReference()));
    }

    [SkippableFact]
    public async Task An_image_is_inspected_and_its_history_told()
    {
        var reference = NewReference();
        var id = await ImportAsync(reference, new ImageImportOptions { Comment = "remark", Changes = ["ENV A=b", "USER 5", "LABEL c=d", "ENTRYPOINT [\"/x\"]", "WORKDIR /w"] });

        var image = await Runtime.InspectImageAsync(reference.ToString());
        Assert.Equal((id, "remark", "5", "/w", "d"), (image.Id, image.Comment, image.Config.User, image.Config.WorkingDir, image.Labels["c"]));
        Assert.Equal(["/x"], image.Config.Entrypoint!);
        Assert.Contains(reference.ToFamiliarString(), image.RepoTags);
        Assert.Single(image.Layers);
        Assert.Contains("\"Architecture\"", image.Raw, StringComparison.Ordinal);
        Assert.Equal(id, (await Runtime.InspectImageAsync(id.Hex[..12])).Id);

        var step = Assert.Single(await Runtime.GetImageHistoryAsync(reference.ToString()));
        Assert.Equal((id, "remark", false), (step.Id, step.Comment, step.EmptyLayer));
        Assert.Equal([reference.ToFamiliarString()], step.Tags);
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.InspectImageAsync("zlayer-test/none"));
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.GetImageHistoryAsync("zlayer-test/none"));
    }

    [SkippableFact]
    public async Task A_blank_search_is_refused()
        => await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.SearchImagesAsync(" "));

    [SkippableFact]
    public async Task Images_leave_and_come_back_as_an_archive()
    {
        var (one, two) = (NewReference("one"), NewReference("two"));
        var id = await ImportAsync(one);
        await Runtime.TagImageAsync(id.ToString(), two);
        await using var archive = new MemoryStream();
        await using (var saved = await Runtime.SaveImagesAsync([one.ToString(), two.ToString()]))
        {
            await saved.CopyToAsync(archive);
        }

        await Runtime.RemoveImageAsync(one.ToString(), force: true);
        await Runtime.RemoveImageAsync(two.ToString(), force: true);
        var loaded = await LoadAsync(archive.ToArray(), quiet: false);

        Assert.Equal([one.ToFamiliarString(), two.ToFamiliarString()], Assert.IsType<LoadDone>(loaded[^1]).References.Order(StringComparer.Ordinal));
        Assert.All(loaded[..^1], progress => Assert.IsType<LoadStatus>(progress));
        Assert.Equal(id, (await Runtime.InspectImageAsync(one.ToString())).Id);

        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(archive.ToArray());
        }

        Assert.IsType<LoadDone>(Assert.Single(await LoadAsync(compressed.ToArray(), quiet: true)));
    }

    [SkippableFact]
    public async Task Nothing_is_saved_without_names_or_images()
    {
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.SaveImagesAsync([]));
        await FailsAsync(ZLayerErrorKind.ImageNotFound, async () => await using_(await Runtime.SaveImagesAsync(["zlayer-test/none:1"])));

        static async Task using_(Stream stream)
        {
            await using (stream)
            {
                await stream.CopyToAsync(Stream.Null);
            }
        }
    }

    [SkippableFact]
    public async Task What_is_no_archive_of_images_is_refused()
    {
        var random = new byte[10_000];
        new Random(5).NextBytes(random);
        foreach (var archive in (byte[][])[[], random, RootFileSystem(), new byte[1024]])
        {
            await FailsAsync(ZLayerErrorKind.InvalidArchive, () => LoadAsync(archive, quiet: false));
        }
    }

    [SkippableFact]
    public async Task A_root_file_system_becomes_an_image_that_runs()
    {
        var plain = await Runtime.ImportImageAsync(new MemoryStream(RootFileSystem()), null, new ImageImportOptions());
        _images.Add(plain.ToString());
        Assert.Empty((await Runtime.InspectImageAsync(plain.ToString())).RepoTags);
        Assert.Null((await Runtime.ListImagesAsync()).Single(image => image.Id == plain).Reference);

        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.ImportImageAsync(new MemoryStream(RootFileSystem()), null, new ImageImportOptions { Changes = ["RUN true"] }));
        await FailsAsync(ZLayerErrorKind.InvalidArchive, () => Runtime.ImportImageAsync(new MemoryStream(new byte[700]), null, new ImageImportOptions()));
    }

    [SkippableFact]
    public async Task Images_without_a_name_are_pruned()
    {
        Skip.IfNot(IsOwn, "the engine is not the tests' own");
        var reference = NewReference();
        var id = await ImportAsync(reference);
        await ImportAsync(reference, new ImageImportOptions { Comment = "another" });

        var pruned = await Runtime.PruneImagesAsync();

        Assert.Equal(Core.Storage.StorageKind.Image, pruned.Kind);
        Assert.Contains(id.ToString(), pruned.Removed);
        Assert.NotNull(await Runtime.InspectImageAsync(reference.ToString()));
    }

    private ImageReference NewReference(string tag = "one")
    {
        var reference = ImageReference.Parse($"zlayer-test/{_tag}:{tag}");
        _images.Add(reference.ToFamiliarString());
        return reference;
    }

    private async Task<Digest> ImportAsync(ImageReference reference, ImageImportOptions? options = null)
        => await Runtime.ImportImageAsync(new MemoryStream(RootFileSystem(Guid.NewGuid().ToString())), reference, options ?? new ImageImportOptions());

    private async Task<List<LoadProgress>> LoadAsync(byte[] archive, bool quiet)
    {
        var progress = new List<LoadProgress>();
        await foreach (var step in Runtime.LoadImagesAsync(new MemoryStream(archive), quiet))
        {
            progress.Add(step);
        }

        return progress;
    }

    private static byte[] RootFileSystem(string text = "content")
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) });
        }

        return stream.ToArray();
    }
}
