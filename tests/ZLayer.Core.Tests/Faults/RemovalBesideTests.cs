using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Images that one process removes while another stands on them: what was chosen stays until its last use.</summary>
public sealed class RemovalBesideTests
{
    private const string Other = "test/other:1";

    private static readonly PruneOptions Everything = new() { Images = ImagePruning.All, Layers = true, BuildCache = true };

    [Fact]
    public async Task An_image_of_FROM_that_is_removed_after_it_was_found_is_whole_in_the_result()
    {
        await using var fixture = new BuildFixture();
        await AddOtherAsync(fixture);
        fixture.Write("a", "1");
        var result = await BuildAsync(fixture, $"FROM {Other}\nCOPY a /a\n", e => e is InstructionStarted { Index: 0 });
        StoreChecks.AssertComplete(fixture.Engine, fixture.Engine.Images.GetTarget(result.Digest.ToString()));
        Assert.Equal("other", fixture.Merged(result)["file"].Content);
    }

    [Fact]
    public async Task An_image_that_a_later_step_names_is_chosen_when_the_build_begins()
    {
        await using var fixture = new BuildFixture();
        await AddOtherAsync(fixture);
        fixture.Write("a", "1");
        var result = await BuildAsync(fixture, $"FROM scratch\nCOPY a /a\nCOPY --from={Other} /file /copied\n", e => e is InstructionCompleted { Index: 0 });
        Assert.Equal("other", fixture.Merged(result)["copied"].Content);
    }

    [SkippableFact]
    public async Task What_is_mounted_below_a_step_and_beside_it_stays_until_the_step_ends()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        await AddOtherAsync(fixture);
        fixture.Write("go", ""); // What is added to a mounted context need not be seen; what is written to a file of it is.
        var dockerfile = $"""
            FROM {BuildFixture.Base}
            RUN echo below > /below
            RUN --mount=type=bind,target=/context --mount=type=bind,from={Other},target=/other \
              echo waiting; until [ -s /context/go ]; do sleep 0.05; done; cat /below /etc/group /other/file > /out; ls -l /proc/self/fd /proc/1/fd > /descriptors || true
            COPY --from={Other} /file /copied
            """;
        var result = await BuildAsync(
            fixture, dockerfile, e => e is InstructionOutput { Line: "waiting" }, after: () => fixture.Write("go", "now"), remove: [Other, BuildFixture.Base]);
        var files = fixture.Merged(result);
        Assert.Equal("below\nroot:x:0:\napp:x:1001:\nextra:x:2000:app\nother", files["out"].Content);
        Assert.Equal("other", files["copied"].Content);
        Assert.DoesNotContain("mounted-", files["descriptors"].Content, StringComparison.Ordinal);
        StoreChecks.AssertComplete(fixture.Engine, fixture.Engine.Images.GetTarget(result.Digest.ToString()));
        Assert.Empty(Directory.EnumerateFiles(fixture.Engine.Layout.Locks, "mounted-*"));
    }

    [SkippableFact]
    public async Task A_step_whose_base_was_taken_away_fails_and_is_not_kept_in_the_step_cache()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("go", ""); // What is added to a mounted context need not be seen; what is written to a file of it is.
        var step = "RUN --mount=type=bind,target=/context echo waiting; until [ -s /context/go ]; do sleep 0.05; done; cat /below > /out || true\n";
        var dockerfile = $"FROM {BuildFixture.Base}\nRUN echo below > /below\n{step}";
        var error = await Assert.ThrowsAsync<ZLayerException>(() => BuildAsync(
            fixture,
            dockerfile,
            e => e is InstructionOutput { Line: "waiting" },
            after: () =>
            {
                foreach (var layer in Directory.EnumerateDirectories(fixture.Engine.Layout.Layers))
                {
                    Directory.Delete(layer, recursive: true);
                }

                fixture.Write("go", "now");
            },
            remove: []));
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.DoesNotContain(new StepCacheStore(fixture.Engine.Layout).Enumerate(), record => record.Instruction.Contains("waiting", StringComparison.Ordinal));
        var again = await fixture.BuildAsync(dockerfile, new BuildOptions { Network = BuildNetwork.None });
        Assert.Equal("below\n", fixture.Merged(again)["out"].Content);
    }

    [Fact]
    public async Task A_load_names_no_image_of_which_a_blob_was_collected_meanwhile()
    {
        await using var fixture = new BuildFixture();
        for (var i = 0; i < 3; i++)
        {
            fixture.Write($"file{i}", $"content {i}");
        }

        await fixture.BuildAsync("FROM scratch\nCOPY file0 /\nCOPY file1 /\nCOPY file2 /\n", new BuildOptions { Tags = [ImageReference.Parse(Other)] });
        var path = fixture.PathOf("saved");
        await fixture.Engine.SaveAsync([Other], new SaveOptions { Path = path, Format = SaveFormat.OciDirectory });
        fixture.Engine.Images.Remove(Other, prune: false);
        await using var second = fixture.CreateEngine("root");
        var progress = new Callback<TransferProgress>(_ => new Collector(second.Layout).Collect(Everything));
        await fixture.Engine.LoadAsync(path, progress: progress);
        StoreChecks.AssertComplete(fixture.Engine, fixture.Engine.Images.GetTarget(Other));
        Assert.True(progress.Count > 2);
    }

    [Fact]
    public async Task A_name_that_was_given_to_another_image_meanwhile_is_not_taken_from_it()
    {
        await using var fixture = new BuildFixture();
        await AddOtherAsync(fixture);
        var name = ImageReference.Parse(Other);
        var old = fixture.Engine.References.Find(name)!;
        fixture.Write("new", "new");
        var result = await fixture.BuildAsync("FROM scratch\nCOPY new /\n", new BuildOptions { Tags = [name] });
        Assert.False(fixture.Engine.References.Remove(name, old.Digest));
        Assert.Equal(result.Digest, fixture.Engine.References.Find(name)!.Digest);
        Assert.True(fixture.Engine.References.Remove(name, result.Digest));
        Assert.Null(fixture.Engine.References.Find(name));
    }

    private static async Task AddOtherAsync(BuildFixture fixture)
    {
        fixture.Write("other", "other");
        await fixture.BuildAsync("FROM scratch\nCOPY other /file\n", new BuildOptions { Tags = [ImageReference.Parse(Other)] });
        File.Delete(Path.Combine(fixture.Context, "other"));
    }

    // At the moment that is meant another process removes the images and all that nothing needs, in a store whose files look old.
    private static async Task<BuildResult> BuildAsync(
        BuildFixture fixture, string dockerfile, Func<BuildEvent, bool> isMoment, Action? after = null, string[]? remove = null)
    {
        await using var second = fixture.CreateEngine("root");
        foreach (var file in Directory.EnumerateFiles(fixture.Engine.Layout.Root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
        }

        var isDone = false;
        var events = new Callback<BuildEvent>(e =>
        {
            if (!isDone && isMoment(e))
            {
                isDone = true;
                foreach (var name in remove ?? [Other])
                {
                    second.Images.Remove(name, force: true);
                }

                new Collector(second.Layout).Collect(Everything);
                after?.Invoke();
            }
        });
        var result = await fixture.Engine.BuildAsync(
            new BuildOptions
            {
                ContextDirectory = fixture.Context,
                DockerfileText = dockerfile,
                Tags = [ImageReference.Parse("result:1")],
                Network = BuildNetwork.None,
            },
            events);
        Assert.True(isDone);
        return result;
    }

    private sealed class Callback<T>(Action<T> report) : IProgress<T>
    {
        public int Count { get; private set; }

        public void Report(T value)
        {
            Count++;
            report(value);
        }
    }
}
