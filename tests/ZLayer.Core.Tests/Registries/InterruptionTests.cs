using System.Diagnostics;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>The command line, killed or interrupted in the middle of a transfer: the next run works and reuses what was finished.</summary>
public sealed class InterruptionTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IDisposable
{
    private static readonly string? CommandLine = FindCommandLine();

    private readonly string _root = Directory.CreateTempSubdirectory("zlayer-interrupted-").FullName;

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("INT", 130)]
    public async Task A_pull_that_is_stopped_is_continued_by_the_next_run(string signal, int exitCode)
    {
        Skip.If(CommandLine is null, "out/cli/zlayer is not built");
        var image = TestImage.Create([6_000_000, 1_000]);
        var stall = true;
        using var server = new FakeRegistry(request => FaultTests.Serve(image, request) is var answer && stall && answer.Body.Length > 4_000_000
            ? answer with { StallAfter = 4_000_000 }
            : answer);
        var reference = FaultTests.Image(server);

        using var first = Start("pull", reference.ToString());
        await WaitUntilAsync(() => PartialLength() > 2_000_000 && File.Exists(BlobPath(image.Layers[1])));
        Assert.Equal(exitCode, await StopAsync(first, signal));
        stall = false;
        using var second = Start("pull", reference.ToString());

        Assert.Equal(0, await ExitAsync(second));
        var layer = image.Layers[0];
        var requests = server.Requests.Where(r => r.Path.EndsWith(layer.Descriptor.Digest.Hex, StringComparison.Ordinal)).ToList();
        Assert.Equal(2, requests.Count);
        Assert.True(int.Parse(requests[1].Header("Range")!["bytes=".Length..].TrimEnd('-')) > 2_000_000);
        Assert.Single(server.Requests, r => r.Path.EndsWith(image.Layers[1].Descriptor.Digest.Hex, StringComparison.Ordinal));
        Assert.Equal(layer.Content, File.ReadAllBytes(BlobPath(layer)));
    }

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("INT", 130)]
    public async Task A_push_that_is_stopped_can_be_repeated_and_skips_what_had_arrived(string signal, int exitCode)
    {
        Skip.If(CommandLine is null, "out/cli/zlayer is not built");
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var image = TestImage.Create([6_000_000, 1_000]);
        Fill(image, ImageReference.Parse("local/stopped:1"));
        using var proxy = new CuttingProxy(registry.Port) { StallFromClientAfter = 3_000_000 };
        var destination = ImageReference.Parse($"{proxy.Name}/stopped-{signal.ToLowerInvariant()}:1");

        using var first = Start("push", "local/stopped:1", destination.ToString());
        await proxy.Stalled.Task.WaitAsync(TimeSpan.FromSeconds(60));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        await WaitUntilAsync(() => client.BlobExistsAsync(destination, image.Layers[1].Descriptor).GetAwaiter().GetResult());
        Assert.Equal(exitCode, await StopAsync(first, signal));
        Assert.Null(await client.HeadManifestAsync(destination));
        using var second = Start("push", "local/stopped:1", destination.ToString());

        Assert.Equal(0, await ExitAsync(second));
        Assert.Equal(image.Manifest.Digest, (await client.HeadManifestAsync(destination))!.Digest);
        Assert.Equal(image.Layers[0].Content, await RegistryClientTests.DownloadAsync(client, destination, image.Layers[0].Descriptor));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string? FindCommandLine()
    {
        var program = Path.Combine(Repository.Root, "out", "cli", "zlayer");
        return File.Exists(program) ? program : null;
    }

    private void Fill(TestImage image, ImageReference reference)
    {
        var layout = new StoreLayout(Path.Combine(_root, "data"));
        var content = new ContentStore(layout);
        foreach (var bytes in (byte[][])[.. image.Layers.Select(l => l.Content), image.ConfigBytes, image.ManifestBytes])
        {
            content.Write(bytes);
        }

        new ReferenceStore(layout).Set(reference, image.Manifest);
    }

    private long PartialLength() => Waiting.LongestFile(Path.Combine(_root, "data", "ingest"), "*.partial");

    private string BlobPath(TestBlob blob) => Path.Combine(_root, "data", "blobs", "sha256", blob.Descriptor.Digest.Hex);

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(CommandLine!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[.. arguments, "--root", Path.Combine(_root, "data")])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<int> StopAsync(Process process, string signal)
    {
        using (var kill = Process.Start("/bin/kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        return await ExitAsync(process);
    }

    private static async Task<int> ExitAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "waited too long");
            await Task.Delay(20);
        }
    }
}
