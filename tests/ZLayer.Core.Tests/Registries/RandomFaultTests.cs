using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Transfers through a proxy that breaks them, by seeds: they end in a correct image or a clear error, and no secret shows.</summary>
public sealed class RandomFaultTests(RegistryFixture server) : IClassFixture<RegistryFixture>
{
    private const int SeedsInAGroup = 10;

    private static readonly RegistryOptions Options = RegistryClientTests.Quick with { MaximumAttempts = 4, RetryDelay = TimeSpan.FromMilliseconds(1), UploadChunkSize = null };

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(19)]
    public async Task Random_faults_end_in_a_correct_image_or_a_clear_error(int group)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var runs = new List<(bool IsDone, int Faults)>();
        for (var seed = group * SeedsInAGroup; seed < (group + 1) * SeedsInAGroup; seed++)
        {
            runs.Add(await RunAsync(seed));
        }

        // Were none to succeed, or none to be hurt, this would prove nothing.
        Assert.Contains(runs, run => run.IsDone && run.Faults > 0);
        Assert.True(runs.Sum(run => run.Faults) > SeedsInAGroup);
    }

    [SkippableTheory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public async Task A_registry_that_lacks_something_is_pushed_to_pulled_from_and_copied_in(bool withoutHead, bool withoutRange, bool withoutMount)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var cuts = 2;
        using var proxy = new FaultProxy(server.Port, new Random(1), request => request.Method == "GET" && request.Path.Contains("/blobs/") && cuts-- > 0 ? Fault.CutAnswer : Fault.None)
        {
            WithoutHead = withoutHead, WithoutRange = withoutRange, WithoutMount = withoutMount,
        };
        using var store = new TestStore(Options);
        var image = TestImage.Create([40_000, 300_000]);
        var name = $"lacking{withoutHead}{withoutRange}{withoutMount}".ToLowerInvariant();
        var (first, second) = (ImageReference.Parse($"{proxy.Name}/{name}/a:1"), ImageReference.Parse($"{proxy.Name}/{name}/b:1"));
        store.Add(image);

        await store.Pusher.PushAsync(image.Manifest, first, new PushOptions());
        var copy = await new ImageCopier(store.Client, Options).CopyAsync(first, second, new CopyOptions());
        using var other = new TestStore(Options);
        await other.Puller.PullAsync(second, new PullOptions());

        Assert.All(image.Layers, layer => Assert.Equal(layer.Content, other.Content.ReadDocument(layer.Descriptor.Digest, "layer")));
        Assert.Equal(withoutMount ? 0 : 3, copy.Mounted);
    }

    [SkippableFact]
    public async Task A_token_that_expires_at_every_step_of_a_push_is_renewed()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        // Every first try of a request is refused; the questions for the blobs travel side by side.
        var tries = new ConcurrentDictionary<string, int>();
        Fault Plan(FakeRequest request) => tries.AddOrUpdate($"{request.Method} {request.Path}", 1, (_, count) => count + 1) % 2 == 1 ? Fault.ExpiredToken : Fault.None;
        using var proxy = new FaultProxy(server.Port, new Random(1), Plan) { WithTokens = true };
        using var store = new TestStore(Options with { UploadChunkSize = 50_000, ParallelUploads = 1 }, FaultProxy.Credentials(proxy));
        var image = TestImage.Create([200_000, 120_000]);
        store.Add(image);

        await store.Pusher.PushAsync(image.Manifest, ImageReference.Parse($"{proxy.Name}/expiring:1"), new PushOptions());

        await VerifyAsync(image, "expiring:1");
        Assert.True(proxy.Tokens.Count > 5);
    }

    private async Task<(bool IsDone, int Faults)> RunAsync(int seed)
    {
        var random = new Random(seed);
        var image = TestImage.Create([random.Next(1, 5_000), random.Next(1, 400_000), random.Next(1, 60_000)]);
        // Two of three runs have few faults and mostly succeed; the others are broken for good.
        var left = random.Next(3) == 0 ? int.MaxValue : random.Next(1, 9);
        var chance = left == int.MaxValue ? 0.5 : 0.35;
        var faults = 0;
        Fault Plan(FakeRequest request)
        {
            lock (random)
            {
                if (left <= 0 || random.NextDouble() >= chance)
                {
                    return Fault.None;
                }

                (left, faults) = (left - 1, faults + 1);
                return (Fault)random.Next(1, (int)Fault.RedirectToItself + 1);
            }
        }

        using var proxy = new FaultProxy(server.Port, random, Plan)
        {
            WithTokens = random.Next(2) == 0, WithoutHead = random.Next(6) == 0, WithoutRange = random.Next(4) == 0, WithoutMount = random.Next(3) == 0,
        };
        var log = new ListLogger();
        var reports = new Reports();
        using var client = new RegistryClient(Options with { UploadChunkSize = random.Next(2) == 0 ? 50_000 : null }, FaultProxy.Credentials(proxy), log);
        var (name, operation) = ($"random/s{seed}", random.Next(3));
        ZLayerException? problem = null;
        try
        {
            await TransferAsync(operation, image, client, proxy, name, reports);
        }
        catch (ZLayerException e)
        {
            problem = e;
        }

        try
        {
            if (problem is null && operation != 1)
            {
                await VerifyAsync(image, $"{name}:1");
            }
            else if (problem is not null)
            {
                Assert.NotEqual(ZLayerErrorKind.InternalError, problem.Kind);
                Assert.False(string.IsNullOrEmpty(problem.Advice), problem.ToString());
                // The name is there only with everything behind it.
                using var direct = RegistryClientTests.Create(Options);
                if (operation != 1 && await direct.HeadManifestAsync(ImageReference.Parse($"{server.Registry}/{name}:1")) is not null)
                {
                    await VerifyAsync(image, $"{name}:1");
                }
            }

            var seen = string.Join('\n', [.. log.Lines, .. reports.Items.Select(r => r.ToString()), $"{problem}", problem?.Advice ?? "", .. problem?.Details ?? []]);
            Assert.All(
                (string[])[FaultProxy.Password, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{FaultProxy.User}:{FaultProxy.Password}")), .. proxy.Tokens],
                secret => Assert.DoesNotContain(secret, seen));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, operation {operation}, after {problem}", e);
        }

        return (problem is null, faults);
    }

    // Push, pull (checked here), or copy.
    private async Task TransferAsync(int operation, TestImage image, RegistryClient client, FaultProxy proxy, string name, Reports reports)
    {
        var reference = ImageReference.Parse($"{proxy.Name}/{name}:1");
        switch (operation)
        {
            case 0:
                using (var store = new TestStore(Options))
                {
                    store.Add(image);
                    await store.PusherTo(client).PushAsync(image.Manifest, reference, new PushOptions(), reports);
                }

                break;
            case 1:
                using (var direct = RegistryClientTests.Create(Options))
                {
                    await image.PushAsync(direct, ImageReference.Parse($"{server.Registry}/{name}:1"));
                }

                using (var store = new TestStore(Options))
                {
                    try
                    {
                        await store.PullerFrom(client).PullAsync(reference, new PullOptions(), reports);
                    }
                    finally
                    {
                        VerifyStore(store, image, reference);
                    }
                }

                break;
            default:
                using (var direct = RegistryClientTests.Create(Options))
                {
                    await image.PushAsync(direct, ImageReference.Parse($"{server.Registry}/source/{name}:1"));
                }

                await new ImageCopier(client, Options).CopyAsync(ImageReference.Parse($"{proxy.Name}/source/{name}:1"), reference, new CopyOptions(), reports);
                break;
        }
    }

    private static void VerifyStore(TestStore store, TestImage image, ImageReference reference)
    {
        var isNamed = store.References.Find(reference) is not null;
        Assert.All(image.Layers, layer =>
        {
            Assert.True(!isNamed || store.Content.Contains(layer.Descriptor.Digest));
            if (store.Content.Contains(layer.Descriptor.Digest))
            {
                Assert.Equal(layer.Content, store.Content.ReadDocument(layer.Descriptor.Digest, "layer"));
            }
        });
    }

    private async Task VerifyAsync(TestImage image, string name)
    {
        using var direct = RegistryClientTests.Create(Options);
        var reference = ImageReference.Parse($"{server.Registry}/{name}");
        Assert.Equal(image.ManifestBytes, (await direct.GetManifestAsync(reference)).Bytes.ToArray());
        Assert.Equal(image.ConfigBytes, await direct.GetBlobAsync(reference, image.Config));
        foreach (var layer in image.Layers)
        {
            Assert.Equal(layer.Content, await RegistryClientTests.DownloadAsync(direct, reference, layer.Descriptor));
        }
    }
}
