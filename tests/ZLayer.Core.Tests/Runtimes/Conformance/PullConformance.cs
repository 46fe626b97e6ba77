using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>How images are brought in.</summary>
public sealed class PullConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private const string NoRegistry = "the tests need a registry server that the runtime can pull from (apt-get install docker-registry)";

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImageStream)]
    public Task A_pull_tells_its_progress_and_ends_with_one_done(string runtime) => CaseAsync(runtime, async on =>
    {
        var image = Pullable(on);

        var progress = await on.Runtime.PullImageStreamAsync(image, new RuntimePullOptions(), on.Soon).ToListAsync(on.Soon);

        var done = Assert.IsType<PullDone>(progress[^1]);
        Assert.Single(progress.OfType<PullDone>());
        Assert.Contains(progress.OfType<PullStatus>(), status => status.Id is not null);
        var held = await on.Runtime.InspectImageAsync(image.ToFamiliarString(), on.Soon);
        Assert.Equal((image, held.Digest), (done.Reference, done.Digest));
        Assert.Contains(image.ToFamiliarString(), held.RepoTags);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImage)]
    public Task A_pull_brings_an_image_in(string runtime) => CaseAsync(runtime, async on =>
    {
        var image = Pullable(on);
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.InspectImageAsync(image.ToFamiliarString(), on.Soon));
        await on.Runtime.PullImageAsync(image, on.Soon);
        Assert.Contains(image.ToFamiliarString(), (await on.Runtime.InspectImageAsync(image.ToFamiliarString(), on.Soon)).RepoTags);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImage, RuntimeOperation.PullImageWithPolicy, RuntimeOperation.PullImageStream)]
    public Task An_image_that_the_registry_does_not_have_is_not_found(string runtime) => CaseAsync(runtime, async on =>
    {
        Skip.If(on.Subject.Unknown is null, NoRegistry);
        var image = on.Subject.Unknown!;
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.PullImageAsync(image, on.Soon));
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.PullImageAsync(image, new RuntimePullOptions { Policy = PullPolicy.Always }, on.Soon));
        await RefusesAsync(
            ZLayerErrorKind.ImageNotFound, async () => await on.Runtime.PullImageStreamAsync(image, new RuntimePullOptions(), on.Soon).ToListAsync(on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImage, RuntimeOperation.PullImageWithPolicy)]
    public Task A_registry_that_cannot_be_reached_is_told_apart(string runtime) => CaseAsync(runtime, async on =>
    {
        await RefusesAsync(ZLayerErrorKind.RegistryUnreachable, () => on.Runtime.PullImageAsync(on.Subject.Unreachable, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImage, RuntimeOperation.PullImageWithPolicy)]
    public Task A_held_image_is_used_without_the_network(string runtime) => CaseAsync(runtime, async on =>
    {
        var image = on.Subject.Unreachable;
        on.Keep(image.ToFamiliarString());
        await on.Runtime.TagImageAsync(on.Subject.Image, image, on.Soon);
        await on.Runtime.PullImageAsync(image, on.Soon);
        await on.Runtime.PullImageAsync(image, new RuntimePullOptions { Policy = PullPolicy.Missing }, on.Soon);
        await on.Runtime.PullImageAsync(image, new RuntimePullOptions { Policy = PullPolicy.Never }, on.Soon);
        // What cannot be asked leaves the held image in use; what must be pulled fails.
        await on.Runtime.PullImageAsync(image, new RuntimePullOptions { Policy = PullPolicy.Newer }, on.Soon);
        await RefusesAsync(
            ZLayerErrorKind.RegistryUnreachable, () => on.Runtime.PullImageAsync(image, new RuntimePullOptions { Policy = PullPolicy.Always }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PullImageWithPolicy)]
    public Task A_missing_image_that_may_not_be_pulled_is_told_or_left_to_the_creation(string runtime) => CaseAsync(runtime, async on =>
    {
        var image = on.NewImage();
        var never = new RuntimePullOptions { Policy = PullPolicy.Never };
        await RefusesAsync(ZLayerErrorKind.ImageNotFound, () => on.Runtime.PullImageAsync(image, never, on.Soon));
        await on.Runtime.PullImageAsync(image, never with { AllowMissing = true }, on.Soon);
    });

    private static ImageReference Pullable(ConformanceCase on)
    {
        Skip.If(on.Subject.Pullable is null, NoRegistry);
        on.Keep(on.Subject.Pullable!.ToFamiliarString());
        return on.Subject.Pullable;
    }
}
