using System.Diagnostics;
using ZLayer.Core.Builds;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Several engines at work on one data root.</summary>
public sealed class SharedRootTests
{
    private static readonly PruneOptions Everything = new() { Images = ImagePruning.Dangling, Layers = true, BuildCache = true };

    [Fact]
    public async Task Two_builds_and_a_prune_at_once_leave_two_whole_images()
    {
        await using var fixture = new BuildFixture();
        await using var second = fixture.CreateEngine("root");
        await using var third = fixture.CreateEngine("root");
        fixture.Engine.Layout.EnsureCreated();
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < 3 || (watch.Elapsed < TimeSpan.FromSeconds(8) && round < 200); round++)
        {
            for (var i = 0; i < 6; i++)
            {
                fixture.Write($"shared/{i}", $"shared {round / 2} {i}");
                fixture.Write($"own/{i}", $"own {round} {i}");
            }

            using var stop = new CancellationTokenSource();
            var pruning = Task.Run(() => PruneUntilAsync(third, stop.Token));
            await Task.WhenAll(BuildAsync(fixture, fixture.Engine, "one"), BuildAsync(fixture, second, "two"));
            await stop.CancelAsync();
            await pruning;
            foreach (var name in (string[])["one", "two"])
            {
                StoreChecks.AssertComplete(third, third.Images.GetTarget(name + ":1"));
                var layers = third.Images.Get(name + ":1").Config.RootFs.DiffIds;
                Assert.All(layers, layer => Assert.NotNull(third.Layers.OpenTar(layer)));
            }
        }

        StoreChecks.AssertWhole(third);
        StoreChecks.AssertTidy(third);
    }

    [SkippableFact]
    public async Task Two_builds_with_steps_and_a_prune_at_once_leave_two_whole_images()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        await using var second = fixture.CreateEngine("root");
        await using var third = fixture.CreateEngine("root");
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < 2 || (watch.Elapsed < TimeSpan.FromSeconds(8) && round < 50); round++)
        {
            fixture.Write("in", $"round {round}");
            using var stop = new CancellationTokenSource();
            var pruning = Task.Run(() => PruneUntilAsync(third, stop.Token));
            await Task.WhenAll(RunAsync(fixture, fixture.Engine, "one"), RunAsync(fixture, second, "two"));
            await stop.CancelAsync();
            await pruning;
            foreach (var name in (string[])["one", "two"])
            {
                var target = third.Images.GetTarget(name + ":1");
                StoreChecks.AssertComplete(third, target);
            }
        }

        StoreChecks.AssertWhole(third);
        StoreChecks.AssertTidy(third);
    }

    [Fact]
    public async Task The_lease_of_a_dead_process_holds_nothing()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a", "1");
        await fixture.BuildAsync("FROM scratch\nCOPY a /\n", new BuildOptions { Tags = [ImageReference.Parse("x:1")] });
        var image = fixture.Engine.Images.Get("x:1");
        var lease = Path.Combine(fixture.Engine.Layout.Leases, $"{DateTime.UtcNow.AddDays(-1).Ticks}-999999-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(lease, $"# build\n{image.ManifestDescriptor.Digest}\n");
        fixture.Engine.Images.Remove("x:1");
        foreach (var file in Directory.EnumerateFiles(fixture.Engine.Layout.Root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-3));
        }

        await fixture.Engine.PruneAsync(Everything);
        Assert.False(File.Exists(lease));
        Assert.False(fixture.Engine.Content.Contains(image.ManifestDescriptor.Digest));
    }

    private static async Task PruneUntilAsync(ZLayerEngine engine, CancellationToken stop)
    {
        do
        {
            await engine.PruneAsync(Everything, cancellationToken: CancellationToken.None);
        }
        while (!stop.IsCancellationRequested);
    }

    private static Task BuildAsync(BuildFixture fixture, ZLayerEngine engine, string name)
        => engine.BuildAsync(new BuildOptions
        {
            ContextDirectory = fixture.Context,
            DockerfileText = $"FROM scratch AS a\nCOPY shared /shared\nFROM scratch\nCOPY --from=a /shared/1 /one\nCOPY own /own\nCOPY shared/2 /{name}\nLABEL name={name}\n",
            Tags = [ImageReference.Parse(name + ":1")],
        });

    private static Task RunAsync(BuildFixture fixture, ZLayerEngine engine, string name)
        => engine.BuildAsync(new BuildOptions
        {
            ContextDirectory = fixture.Context,
            DockerfileText = $"FROM {BuildFixture.Base}\nCOPY in /in\nRUN cat /in > /out\nRUN echo {name} >> /out\n",
            Tags = [ImageReference.Parse(name + ":1")],
            Network = BuildNetwork.None,
        });
}
