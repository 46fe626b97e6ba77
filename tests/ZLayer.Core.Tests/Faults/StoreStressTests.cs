using System.Diagnostics;
using System.Globalization;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Eight processes on one data root. <c>ZLAYER_STRESS_ROUNDS</c> sets how many things each of them does, <c>ZLAYER_STRESS_SEED</c> which.</summary>
public sealed class StoreStressTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private const int Workers = 8;

    [SkippableFact]
    public async Task Nothing_fails_but_what_was_asked_to_and_the_store_stays_whole()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var rounds = Setting("ZLAYER_STRESS_ROUNDS", 8);
        var seed = Setting("ZLAYER_STRESS_SEED", 20_261_129);
        await using var fixture = new BuildFixture();
        await using (var publisher = fixture.CreateEngine("publisher"))
        {
            await StoreStress.PublishAsync(publisher, registry.Registry);
        }

        var root = fixture.Engine.Layout.Root;
        var workers = Enumerable.Range(0, Workers).Select(i => ChildProcess.Start(
            StoreStress.Job, root, registry.Registry, $"w{i}", Text(seed + i), Text(rounds))).ToList();
        await WaitAsync(workers);
        StoreChecks.AssertWhole(fixture.Engine);
        await using (var last = new StoreStress(root, registry.Registry, "last", seed))
        {
            await last.VerifyEveryVariantAsync();
        }

        await fixture.Engine.PruneAsync(new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = true });
        StoreChecks.AssertWhole(fixture.Engine);
        StoreChecks.AssertTidy(fixture.Engine);
        foreach (var image in fixture.Engine.References.Enumerate().Select(entry => entry.Target.Digest).Distinct())
        {
            fixture.Engine.Images.Remove(image.ToString(), force: true);
        }

        await fixture.Engine.PruneAsync(new PruneOptions());
        Assert.Empty(fixture.Engine.Content.Enumerate());
    }

    private static async Task WaitAsync(List<Process> workers)
    {
        try
        {
            foreach (var done in await Task.WhenAll(workers.Select(ChildProcess.FinishAsync)))
            {
                Console.Write(done);
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                if (!worker.HasExited)
                {
                    worker.Kill(entireProcessTree: true);
                }

                worker.Dispose();
            }
        }
    }

    private static int Setting(string variable, int fallback)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : fallback;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
