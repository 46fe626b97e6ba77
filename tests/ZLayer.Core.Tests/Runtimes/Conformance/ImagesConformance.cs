using System.IO.Compression;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>The images of a runtime: their names, and how they are made, told, kept and removed.</summary>
public sealed class ImagesConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListImages, RuntimeOperation.TagImage)]
    public Task Images_are_listed_under_each_name(string runtime) => CaseAsync(runtime, async on =>
    {
        var (one, two) = (on.NewImage(), on.NewImage("two"));
        await on.Runtime.TagImageAsync(on.Subject.Image, one, on.Soon);
        await on.Runtime.TagImageAsync(one.ToFamiliarString(), two, on.Soon);

        var images = await on.Runtime.ListImagesAsync(on.Soon);

        var first = Assert.Single(images, image => Equals(image.Reference, one));
        var second = Assert.Single(images, image => Equals(image.Reference, two));
        Assert.Equal(first.Id, second.Id);
        Assert.Equal((one.FamiliarName, one.Tag, on.Runtime.Name, "linux"), (first.Repository, first.Tag, first.Runtime, first.Platform.Os));
        Assert.True(first is { Size: > 0, Created: not null });
        var inspected = await on.Runtime.InspectImageAsync(on.Subject.Image, on.Soon);
        Assert.Equal((inspected.Id, inspected.Platform), (first.Id, first.Platform));
        Assert.Equal(inspected.Labels, first.Labels);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.TagImage)]
    public Task A_name_moves_to_the_image_that_is_given_it(string runtime) => CaseAsync(runtime, async on =>
    {
        var (one, two) = (on.NewImage(), on.NewImage());
        await on.ImportAsync(one);
        var second = await on.ImportAsync(two);
        await on.Runtime.TagImageAsync(two.ToFamiliarString(), one, on.Soon);
        Assert.Equal(second, (await on.Runtime.InspectImageAsync(one.ToFamiliarString(), on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.TagImage)]
    public Task A_name_with_a_digest_and_an_image_without_a_name_are_no_tags(string runtime) => CaseAsync(runtime, async on =>
    {
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.TagImageAsync(on.Subject.Image, on.NewImage().WithDigest(Digest.Of([1])), on.Soon));
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.TagImageAsync("", on.NewImage(), on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(
        RuntimeOperation.TagImage, RuntimeOperation.RemoveImage, RuntimeOperation.InspectImageNative, RuntimeOperation.ImageHistory, RuntimeOperation.SaveImages)]
    public Task An_image_that_is_not_there_is_not_found_by_any_question(string runtime) => CaseAsync(runtime, async on =>
    {
        const string None = "zlayer-test/none:1";
        foreach (var attempt in (Func<Task>[])
        [
            () => on.Runtime.TagImageAsync(None, on.NewImage(), on.Soon),
            () => on.Runtime.RemoveImageAsync(None, force: false, on.Soon),
            () => on.Runtime.RemoveImageAsync(None, force: true, on.Soon),
            () => on.Runtime.InspectImageAsync(None, on.Soon),
            () => on.Runtime.GetImageHistoryAsync(None, on.Soon),
            async () => await ReadAsync(await on.Runtime.SaveImagesAsync([None], on.Soon)),
        ])
        {
            Assert.Equal(None, (await RefusesAsync(ZLayerErrorKind.ImageNotFound, attempt)).Subject);
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveImage)]
    public Task A_name_is_removed_and_with_the_last_one_the_image(string runtime) => CaseAsync(runtime, async on =>
    {
        var (one, two) = (on.NewImage(), on.NewImage());
        var id = await on.ImportAsync(one);
        await on.Runtime.TagImageAsync(id.ToString(), two, on.Soon);

        var first = await on.Runtime.RemoveImageAsync(one.ToFamiliarString(), cancellationToken: on.Soon);
        Assert.Equal([one.ToFamiliarString()], first.Untagged);
        Assert.Empty(first.Deleted);
        var second = await on.Runtime.RemoveImageAsync(two.ToFamiliarString(), cancellationToken: on.Soon);
        Assert.Contains(id.ToString(), second.Deleted);
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.InspectImageAsync(id.ToString(), on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveImage)]
    public Task An_image_with_several_names_is_not_removed_by_its_id_without_force(string runtime) => CaseAsync(runtime, async on =>
    {
        var (one, two) = (on.NewImage(), on.NewImage());
        var id = await on.ImportAsync(one);
        await on.Runtime.TagImageAsync(id.ToString(), two, on.Soon);
        await RefusesAsync(ZLayerErrorKind.ImageInUse, () => on.Runtime.RemoveImageAsync(id.ToString(), cancellationToken: on.Soon));
        Assert.Contains(id.ToString(), (await on.Runtime.RemoveImageAsync(id.ToString(), force: true, on.Soon)).Deleted);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveImage)]
    public Task An_image_that_a_container_uses_is_kept_without_force(string runtime) => CaseAsync(runtime, async on =>
    {
        var reference = on.NewImage();
        var id = await on.ImportAsync(reference);
        await on.CreateAsync(on.Shell("true") with { Image = reference.ToFamiliarString() });

        await RefusesAsync(ZLayerErrorKind.ImageInUse, () => on.Runtime.RemoveImageAsync(reference.ToFamiliarString(), cancellationToken: on.Soon));
        await RefusesAsync(ZLayerErrorKind.ImageInUse, () => on.Runtime.RemoveImageAsync(id.ToString(), cancellationToken: on.Soon));
        Assert.Equal(id, (await on.Runtime.InspectImageAsync(reference.ToFamiliarString(), on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveImage)]
    public Task Force_takes_the_name_from_an_image_that_an_ended_container_uses(string runtime) => CaseAsync(runtime, async on =>
    {
        var reference = on.NewImage();
        await on.ImportAsync(reference);
        var container = await on.CreateAsync(on.Shell("true") with { Image = reference.ToFamiliarString() });
        Assert.Contains(reference.ToFamiliarString(), (await on.Runtime.RemoveImageAsync(reference.ToFamiliarString(), force: true, on.Soon)).Untagged);
        Assert.Equal(container, (await on.Runtime.InspectContainerAsync(container, on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ImportImage, RuntimeOperation.InspectImageNative)]
    public Task A_root_file_system_becomes_an_image_with_the_changes(string runtime) => CaseAsync(runtime, async on =>
    {
        var reference = on.NewImage();
        var id = await on.ImportAsync(
            reference, new ImageImportOptions { Comment = "remark", Changes = ["ENV A=b", "USER 5", "LABEL c=d", "ENTRYPOINT [\"/x\"]", "WORKDIR /w"] });

        var image = await on.Runtime.InspectImageAsync(reference.ToFamiliarString(), on.Soon);
        Assert.Equal((id, "remark", "5", "/w", "d"), (image.Id, image.Comment, image.Config.User, image.Config.WorkingDir, image.Labels["c"]));
        Assert.Equal(["/x"], image.Config.Entrypoint!);
        Assert.Contains("A=b", image.Config.Env!);
        Assert.Equal([reference.ToFamiliarString()], image.RepoTags);
        Assert.Single(image.Layers);
        Assert.NotEqual("", image.Raw);
        Assert.Equal(id, (await on.Runtime.InspectImageAsync(id.Hex[..12], on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ImageHistory)]
    public Task The_last_step_of_a_history_has_the_id_and_the_names_of_the_image(string runtime) => CaseAsync(runtime, async on =>
    {
        var reference = on.NewImage();
        var id = await on.ImportAsync(reference);
        var step = Assert.Single(await on.Runtime.GetImageHistoryAsync(reference.ToFamiliarString(), on.Soon));
        Assert.Equal(id, step.Id);
        Assert.Equal([reference.ToFamiliarString()], step.Tags);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ImportImage)]
    public Task An_import_without_a_name_leaves_the_image_without_one(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.ImportAsync(null);
        on.Keep(id.ToString());
        Assert.Empty((await on.Runtime.InspectImageAsync(id.ToString(), on.Soon)).RepoTags);
        Assert.Null((await on.Runtime.ListImagesAsync(on.Soon)).Single(image => image.Id == id).Reference);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ImportImage)]
    public Task An_import_of_a_wrong_change_is_refused(string runtime) => CaseAsync(runtime, async on =>
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.ImportAsync(on.NewImage(), new ImageImportOptions { Changes = ["RUN true"] })));

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ImportImage)]
    public Task An_import_of_what_is_no_archive_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var target = on.NewImage();
        await RefusesAsync(
            ZLayerErrorKind.InvalidArchive, () => on.Runtime.ImportImageAsync(new MemoryStream(new byte[700]), target, new ImageImportOptions(), on.Soon));
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.InspectImageAsync(target.ToFamiliarString(), on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.SaveImages, RuntimeOperation.LoadImages)]
    public Task Images_leave_and_come_back_as_an_archive(string runtime) => CaseAsync(runtime, async on =>
    {
        var (one, two) = (on.NewImage(), on.NewImage());
        var id = await on.ImportAsync(one);
        await on.Runtime.TagImageAsync(id.ToString(), two, on.Soon);
        var archive = await ReadAsync(await on.Runtime.SaveImagesAsync([one.ToFamiliarString(), two.ToFamiliarString()], on.Soon));
        await on.Runtime.RemoveImageAsync(one.ToFamiliarString(), force: true, on.Soon);
        await on.Runtime.RemoveImageAsync(two.ToFamiliarString(), force: true, on.Soon);

        var loaded = await on.Runtime.LoadImagesAsync(new MemoryStream(archive), quiet: false, on.Soon).ToListAsync(on.Soon);

        string[] names = [one.ToFamiliarString(), two.ToFamiliarString()];
        Assert.Equal(names.Order(StringComparer.Ordinal), Assert.IsType<LoadDone>(loaded[^1]).References.Order(StringComparer.Ordinal));
        Assert.All(loaded.SkipLast(1), progress => Assert.IsType<LoadStatus>(progress));
        Assert.Equal(id, (await on.Runtime.InspectImageAsync(one.ToFamiliarString(), on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LoadImages)]
    public Task A_compressed_archive_is_loaded_quietly(string runtime) => CaseAsync(runtime, async on =>
    {
        var reference = on.NewImage();
        await on.ImportAsync(reference);
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(await ReadAsync(await on.Runtime.SaveImagesAsync([reference.ToFamiliarString()], on.Soon)), on.Soon);
        }

        compressed.Position = 0;
        var loaded = await on.Runtime.LoadImagesAsync(compressed, quiet: true, on.Soon).ToListAsync(on.Soon);

        Assert.Equal([reference.ToFamiliarString()], Assert.IsType<LoadDone>(Assert.Single(loaded)).References);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.SaveImages)]
    public Task Nothing_is_saved_without_names(string runtime) => CaseAsync(runtime, async on =>
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.SaveImagesAsync([], on.Soon)));

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LoadImages)]
    public Task What_holds_no_images_is_not_loaded(string runtime) => CaseAsync(runtime, async on =>
    {
        var random = new byte[10_000];
        new Random(5).NextBytes(random);
        foreach (var archive in (byte[][])[[], random, RootFileSystem().ToArray(), new byte[1024]])
        {
            await RefusesAsync(
                ZLayerErrorKind.InvalidArchive, async () => await on.Runtime.LoadImagesAsync(new MemoryStream(archive), quiet: false, on.Soon).ToListAsync(on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PruneImages)]
    public Task Images_without_a_name_are_pruned(string runtime) => CaseAsync(runtime, async on =>
    {
        Skip.IfNot(on.Subject.IsOwn, "the runtime is not the tests' own");
        var reference = on.NewImage();
        var first = await on.ImportAsync(reference);
        var second = await on.ImportAsync(reference);

        var pruned = await on.Runtime.PruneImagesAsync(cancellationToken: on.Soon);

        Assert.Equal(Core.Storage.StorageKind.Image, pruned.Kind);
        Assert.Contains(first.ToString(), pruned.Removed);
        Assert.Equal(second, (await on.Runtime.InspectImageAsync(reference.ToFamiliarString(), on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PruneImages)]
    public Task All_images_that_no_container_uses_are_pruned_when_asked(string runtime) => CaseAsync(runtime, async on =>
    {
        Skip.IfNot(on.Subject.IsOwn, "the runtime is not the tests' own");
        await on.Shared.CreatedAsync();
        var reference = on.NewImage();
        await on.ImportAsync(reference);

        await on.Runtime.PruneImagesAsync(all: true, on.Soon);

        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.InspectImageAsync(reference.ToFamiliarString(), on.Soon));
        Assert.NotNull(await on.Runtime.InspectImageAsync(on.Subject.Image, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.SearchImages)]
    public Task A_blank_search_is_refused(string runtime) => CaseAsync(runtime, async on =>
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.SearchImagesAsync(" ", cancellationToken: on.Soon)));

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using (stream)
        {
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            return bytes.ToArray();
        }
    }
}
