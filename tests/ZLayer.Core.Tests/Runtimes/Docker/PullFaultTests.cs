using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Pulls through a real engine from a real registry that end in their middle.</summary>
public sealed class PullFaultTests : IAsyncLifetime
{
    private const int LayerSize = 24_000_000;
    private const int Middle = LayerSize / 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory = new();
    private PrivateEngine? _engine;
    private RegistryFixture? _registry;
    private CuttingProxy? _proxy;
    private DockerRuntime? _runtime;

    private PrivateEngine Engine => _engine!;

    private CuttingProxy Proxy => _proxy!;

    private IContainerRuntime Runtime => _runtime!;

    private ImageReference Image => ImageReference.Parse($"{Proxy.Name}/large:1");

    public async Task InitializeAsync()
    {
        if (PrivateEngine.Obstacle is not null || !RegistryFixture.IsInstalled)
        {
            return;
        }

        _registry = await RegistryFixture.StartAsync();
        _proxy = new CuttingProxy(_registry.Port);
        _engine = await PrivateEngine.StartAsync("--max-download-attempts", "2");
        _runtime = new DockerRuntime(new DockerRuntimeOptions { Host = _engine.Host });
        await PushAsync();
    }

    public async Task DisposeAsync()
    {
        if (_engine is not null)
        {
            await Runtime.DisposeAsync();
            await Engine.DisposeAsync();
            Proxy.Dispose();
            await _registry!.DisposeAsync();
        }

        _directory.Dispose();
    }

    [SkippableFact]
    public async Task An_engine_that_is_killed_in_mid_pull_is_told_and_pulls_after_its_start()
    {
        SkipWithoutPrograms();
        Proxy.StallFromServerAfter = Middle;
        var steps = new List<PullProgress>();
        var pulling = Task.Run(async () =>
        {
            await foreach (var step in Runtime.PullImageStreamAsync(Image, new RuntimePullOptions()))
            {
                steps.Add(step);
            }
        });
        await Proxy.Stalled.Task.WaitAsync(Patience);
        Assert.False(pulling.IsCompleted);

        await Engine.KillAsync();

        var failure = await Assert.ThrowsAsync<ZLayerException>(() => pulling.WaitAsync(Patience));
        Assert.True(failure.Kind == ZLayerErrorKind.RuntimeUnavailable, failure.ToString());
        Assert.NotNull(failure.Advice);
        Assert.DoesNotContain(steps, step => step is PullDone);

        await Engine.StartAgainAsync();
        await RequirePullAsync();
    }

    [SkippableFact]
    public async Task A_registry_that_is_cut_off_in_mid_pull_is_told_and_pulled_from_later()
    {
        SkipWithoutPrograms();
        Proxy.CutFromServerAfter = Middle / 4;
        Proxy.Cuts = int.MaxValue;

        var failure = await Assert.ThrowsAsync<ZLayerException>(() => Runtime.PullImageAsync(Image).WaitAsync(Patience));

        Assert.True(failure.Kind is ZLayerErrorKind.RegistryUnreachable, failure.ToString());
        Assert.Contains("large:1", failure.Message, StringComparison.Ordinal);
        Proxy.CutFromServerAfter = long.MaxValue;
        await RequirePullAsync();
    }

    [SkippableFact]
    public async Task A_pull_that_is_cancelled_ends_at_once_and_works_later()
    {
        SkipWithoutPrograms();
        Proxy.StallFromServerAfter = Middle;
        using var stop = new CancellationTokenSource();
        var pulling = Runtime.PullImageAsync(Image, cancellationToken: stop.Token);
        await Proxy.Stalled.Task.WaitAsync(Patience);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pulling.WaitAsync(TimeSpan.FromSeconds(10)));
        await RequirePullAsync();
    }

    private static void SkipWithoutPrograms()
    {
        Skip.IfNot(PrivateEngine.Obstacle is null, PrivateEngine.Obstacle);
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
    }

    private async Task PushAsync()
    {
        var layer = _directory.Combine("layer.tar");
        await File.WriteAllBytesAsync(layer, Tars.Write(tar => tar.WriteFile(Tars.File("random", LayerSize), RandomNumberGenerator.GetBytes(LayerSize))));
        _ = (await Engine.RunAsync("import", "--change", "LABEL whole=yes", layer, Image.ToString())).Text;
        _ = (await Engine.RunAsync("push", Image.ToString())).Text;
        _ = (await Engine.RunAsync("image", "rm", Image.ToString())).Text;
    }

    private async Task RequirePullAsync()
    {
        await Runtime.PullImageAsync(Image).WaitAsync(Patience);
        var image = await Runtime.InspectImageAsync(Image.ToString());
        Assert.Equal("yes", image.Config.Labels!["whole"]);
        Assert.Equal("", (await Engine.RunAsync("image", "ls", "--quiet", "--filter", "dangling=true")).Text);
    }
}
