using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>What is changed of containers that are there: names, limits; and what is made of them.</summary>
public sealed class ChangeConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RenameContainer)]
    public Task A_container_is_found_by_every_handle_also_after_it_is_renamed(string runtime) => CaseAsync(runtime, async on =>
    {
        var place = new ContainerId("conf" + Guid.NewGuid().ToString("N")[..8], 3, "worker", 2);
        var id = await on.CreateAsync(on.Shell("true") with { Name = null, Id = place });
        var name = on.NewName();

        await on.Runtime.RenameContainerAsync(place.ToString(), $" {name} ", on.Soon);

        foreach (var handle in (string[])[name, id, id[..12], place.ToString()])
        {
            var found = await on.Runtime.InspectContainerAsync(handle, on.Soon);
            Assert.Equal((id, name), (found.Id, found.Name));
            Assert.Equal(id, Assert.Single(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [handle] }, on.Soon)).Id);
        }

        await RefusesAsync(ZLayerErrorKind.ContainerNotFound, () => on.Runtime.InspectContainerAsync(place.ContainerName, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RenameContainer)]
    public Task A_name_in_use_is_not_given_again(string runtime) => CaseAsync(runtime, async on =>
    {
        var taken = (await on.Runtime.InspectContainerAsync(await on.Shared.CreatedAsync(), on.Soon)).Name;
        var id = await on.CreateAsync(on.Shell("true"));
        await RefusesAsync(ZLayerErrorKind.NameInUse, () => on.Runtime.RenameContainerAsync(id, taken, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RenameContainer)]
    public Task A_name_that_cannot_be_is_not_given(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        foreach (var name in (string[])["", " ", "-a", "a b", "a/b", "ä"])
        {
            await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.RenameContainerAsync(id, name, on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RenameContainer)]
    public Task A_handle_that_several_containers_share_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var place = new ContainerId("conf" + Guid.NewGuid().ToString("N")[..8], 0).ToString();
        for (var i = 0; i < 2; i++)
        {
            await on.CreateAsync(on.Shell("true") with { Labels = new Dictionary<string, string> { [ContainerId.Label] = place } });
        }

        Assert.Equal(place, (await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.InspectContainerAsync(place, on.Soon))).Subject);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.UpdateContainerResources)]
    public Task Only_what_is_set_is_changed(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true") with { Limits = new ResourceLimits { CpuShares = 512, Memory = 32 << 20, MemorySwap = -1 } });

        await on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { Limits = new ResourceLimits { Memory = 64 << 20, MemorySwap = -1 } }, on.Soon);
        await on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { Limits = new ResourceLimits { Pids = 50 } }, on.Soon);

        var limits = (await on.Runtime.InspectContainerAsync(id, on.Soon)).Limits;
        Assert.Equal((64L << 20, 512UL, 50L), (limits.Memory, limits.CpuShares, limits.Pids));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.UpdateContainerResources)]
    public Task The_restart_policy_is_changed(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true"));
        await on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { RestartPolicy = RestartPolicy.Parse("on-failure:2") }, on.Soon);
        Assert.Equal(RestartPolicy.Parse("on-failure:2"), (await on.Runtime.InspectContainerAsync(id, on.Soon)).RestartPolicy);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.UpdateContainerResources)]
    public Task An_empty_update_does_nothing_and_one_that_cannot_be_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        Assert.Empty(await on.Runtime.UpdateContainerAsync(id, new ContainerUpdate(), on.Soon));
        Assert.Empty(await on.Runtime.UpdateContainerAsync("no such container", new ContainerUpdate(), on.Soon));
        await RefusesAsync(
            ZLayerErrorKind.InvalidArgument, () => on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { Limits = new ResourceLimits { Memory = 1 } }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.UpdateContainerResources)]
    public Task A_limit_that_is_fixed_when_a_container_is_made_is_not_dropped_silently(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(
            ZLayerErrorKind.OperationNotSupported,
            () => on.Runtime.UpdateContainerAsync(id, new ContainerUpdate { Limits = new ResourceLimits { OomScoreAdjustment = 1 } }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CommitContainer)]
    public Task An_image_is_made_of_a_container_with_its_files_and_the_changes(string runtime) => CaseAsync(runtime, async on =>
    {
        var target = on.NewImage();
        var id = await on.EndAsync(on.Shell("echo content > /file"));

        var made = await on.Runtime.CommitContainerAsync(
            id, new CommitOptions { Target = target, Comment = "remark", Author = "author", Changes = ["ENV A=b", "LABEL c=d", "CMD [\"cat\", \"/file\"]"] }, on.Soon);

        var image = await on.Runtime.InspectImageAsync(target.ToFamiliarString(), on.Soon);
        Assert.Equal((made, "remark", "author", "d"), (image.Id, image.Comment, image.Author, image.Labels["c"]));
        Assert.Contains("A=b", image.Config.Env!);
        Assert.Equal(["cat", "/file"], image.Config.Cmd!);
        Assert.Equal((await on.Runtime.InspectImageAsync(on.Subject.Image, on.Soon)).Layers.Count + 1, image.Layers.Count);
        var copy = await on.EndAsync(on.Shell("") with { Image = target.ToFamiliarString(), Command = null });
        Assert.Equal(["content"], (await on.Runtime.GetLogsAsync(copy, on.Soon)).Select(line => line.Text));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CommitContainer)]
    public Task A_commit_without_a_name_leaves_the_image_without_one(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Runtime.CommitContainerAsync(await on.EndAsync(on.Shell("echo > /only-here")), new CommitOptions(), on.Soon);
        on.Keep(id.ToString());
        Assert.Empty((await on.Runtime.InspectImageAsync(id.ToString(), on.Soon)).RepoTags);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CommitContainer)]
    public Task A_name_with_a_digest_is_not_given_to_a_commit(string runtime) => CaseAsync(runtime, async on =>
    {
        var target = on.NewImage().WithDigest(Core.Oci.Digest.Of([1]));
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.CommitContainerAsync(id, new CommitOptions { Target = target }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CommitContainer)]
    public Task An_instruction_that_changes_no_config_is_refused_by_a_commit(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.CommitContainerAsync(id, new CommitOptions { Changes = ["RUN true"] }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.SyncContainerVolumes)]
    public Task A_container_without_remote_volumes_has_nothing_to_bring_there(string runtime) => CaseAsync(runtime, async on =>
        await on.Runtime.SyncContainerVolumesAsync(await on.Shared.CreatedAsync(), on.Soon));
}
