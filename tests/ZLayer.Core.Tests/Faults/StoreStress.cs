using System.Globalization;
using System.Text;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Manifests;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>
/// One process of many that work on one data root: it does at random, from a seed, whatever people do, while its clock is set forwards and backwards by hours.
/// Everything must succeed but what names something that another process removed; what is made must hold what it should.
/// </summary>
internal sealed class StoreStress : IAsyncDisposable
{
    public const string Job = "stress";

    /// <summary>How many bases there are, and how many images that files are taken from.</summary>
    public const int Variants = 3;

    private const int Slots = 3;

    private static readonly PruneOptions Everything = new() { Images = ImagePruning.Dangling, Layers = true, BuildCache = true };

    private readonly SteppingClock _clock = new();
    private readonly ZLayerEngine _engine;
    private readonly string _registry;
    private readonly string _worker;
    private readonly string _scratch;
    private readonly Random _random;
    private readonly Dictionary<int, string> _expected = [];
    private readonly HashSet<int> _pushed = [];
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Makes a worker.</summary>
    /// <param name="root">The data root that all share.</param>
    /// <param name="registry">A registry that holds what <see cref="PublishAsync"/> puts there.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="seed">What it does follows from it.</param>
    public StoreStress(string root, string registry, string worker, int seed)
    {
        _registry = registry;
        _worker = worker;
        _random = new Random(seed);
        _scratch = Directory.CreateTempSubdirectory("zlayer-stress-").FullName;
        Directory.CreateDirectory(Path.Combine(_scratch, "context"));
        _engine = new ZLayerEngine(new ZLayerEngineOptions
        {
            Root = root,
            Clock = _clock,
            Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
        });
    }

    /// <summary>Runs one worker as a process of its own: the data root, the registry, the worker's name, the seed, the rounds.</summary>
    public static async Task RunJobAsync(string[] arguments)
    {
        await using var stress = new StoreStress(arguments[0], arguments[1], arguments[2], int.Parse(arguments[3], CultureInfo.InvariantCulture));
        await stress.RunAsync(int.Parse(arguments[4], CultureInfo.InvariantCulture));
        Console.WriteLine(string.Join(' ', stress._counts.Select(c => $"{c.Key}={c.Value}")));
    }

    /// <summary>Puts the images that every worker builds on into a registry, with a store of one's own.</summary>
    public static async Task PublishAsync(ZLayerEngine engine, string registry)
    {
        for (var i = 0; i < Variants; i++)
        {
            foreach (var kind in (string[])["base", "tools"])
            {
                var name = $"{registry}/{kind}:{i}";
                BuildFixture.AddBase(engine, "plain:1");
                using var context = new TemporaryDirectory();
                await File.WriteAllTextAsync(Path.Combine(context.Path, kind), $"{kind} {i}\n");
                await engine.BuildAsync(new BuildOptions
                {
                    ContextDirectory = context.Path,
                    DockerfileText = $"FROM {(kind == "base" ? "plain:1" : "scratch")}\nCOPY {kind} /{kind}\nCOPY {kind} /again/{kind}\n",
                    Tags = [ImageReference.Parse(name)],
                });
                await engine.PushAsync(name, null, new PushOptions());
            }
        }
    }

    /// <summary>Builds every variant once more, from whatever is left in the step cache, and looks at what it holds.</summary>
    public async Task VerifyEveryVariantAsync()
    {
        for (var variant = 0; variant < Variants * Variants; variant++)
        {
            await BuildAsync(0, variant, runs: BuildFixture.CanRun, text: "last");
            Verify(Own(0), _expected[0]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        Directory.Delete(_scratch, recursive: true);
    }

    private async Task RunAsync(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            _clock.Step(TimeSpan.FromHours(_random.Next(-8, 9)));
            var (name, action) = Choose();
            try
            {
                await action();
                _counts[name] = _counts.GetValueOrDefault(name) + 1;
            }
            catch (ZLayerException e)
            {
                throw new InvalidOperationException($"Worker {_worker}, round {round}: {name} failed with {e.Kind}: {e.Message}", e);
            }
        }
    }

    private (string Name, Func<Task> Action) Choose()
        => _random.Next(16) switch
        {
            0 or 1 or 2 or 3 => ("build", BuildAsync),
            4 => ("pull", PullAsync),
            5 or 6 => ("rmi", () => Task.Run(Remove)),
            7 or 8 => ("prune", () => Task.Run(Prune)),
            9 => ("tag", () => Task.Run(Tag)),
            10 => ("push", PushAsync),
            11 => ("saveload", SaveAndLoadAsync),
            12 => ("list", ListAsync),
            13 => ("export", ExportAsync),
            14 => ("touch", () => Task.Run(TouchFiles)),
            _ => ("pullback", PullBackAsync),
        };

    private string Own(int slot) => $"{_worker}/app:{slot}";

    private static string Shared(int slot) => $"shared/app:{slot}";

    private Task BuildAsync()
        => BuildAsync(_random.Next(Slots), _random.Next(Variants * Variants), BuildFixture.CanRun && _random.Next(4) == 0, $"text {_random.Next(4)}");

    private async Task BuildAsync(int slot, int variant, bool runs, string text)
    {
        var (lower, tools) = (variant % Variants, variant / Variants);
        var context = Path.Combine(_scratch, "context");
        await File.WriteAllTextAsync(Path.Combine(context, "own"), text + "\n");
        var step = runs
            ? $"RUN --mount=type=bind,from={_registry}/tools:{tools},target=/mnt cat /base /mnt/tools /own > /out && test -e /bin/busybox\n"
            : "COPY own /out\n";
        var tags = (List<ImageReference>)[ImageReference.Parse(Own(slot))];
        if (_random.Next(3) == 0)
        {
            tags.Add(ImageReference.Parse(Shared(_random.Next(Slots))));
        }

        _expected.Remove(slot);
        await _engine.BuildAsync(new BuildOptions
        {
            ContextDirectory = context,
            DockerfileText = $"FROM {_registry}/base:{lower}\nCOPY own /own\nCOPY --from={_registry}/tools:{tools} /again/tools /tools\n{step}",
            Tags = tags,
            Network = BuildNetwork.None,
            Squash = _random.Next(8) == 0,
        });
        _expected[slot] = $"base {lower}\n|tools {tools}\n|{text}\n|{(runs ? $"base {lower}\ntools {tools}\n" : "")}{text}\n";
        Verify(Own(slot), _expected[slot]);
    }

    private async Task PullAsync()
        => await _engine.PullAsync(ImageReference.Parse(Published()), new PullOptions { Policy = (PullPolicy)_random.Next((int)PullPolicy.Never) });

    private string Published() => $"{_registry}/{(_random.Next(2) == 0 ? "base" : "tools")}:{_random.Next(Variants)}";

    // What others may have removed before: that it is not there is the right answer then.
    private void Remove()
    {
        var slot = _random.Next(Slots);
        if (_random.Next(4) == 0)
        {
            _expected.Remove(slot);
            Allow(() => _engine.Images.Remove(Own(slot), force: true));
            return;
        }

        Allow(() => _engine.Images.Remove(_random.Next(3) == 0 ? Shared(slot) : Published(), force: true));
    }

    private void Prune()
    {
        var results = new Collector(_engine.Layout).Collect(_random.Next(3) == 0 ? new PruneOptions() : Everything);
        Assert.DoesNotContain(results, result => result.Warnings.Count > 0);
    }

    private void Tag() => Allow(() => _engine.Images.Tag(_random.Next(2) == 0 ? Published() : Shared(_random.Next(Slots)), ImageReference.Parse(Shared(_random.Next(Slots)))));

    private async Task PushAsync()
    {
        foreach (var slot in _expected.Keys.ToList())
        {
            await _engine.PushAsync(Own(slot), ImageReference.Parse($"{_registry}/{Own(slot)}"), new PushOptions());
            _pushed.Add(slot);
            return;
        }

        await AllowAsync(() => _engine.PushAsync(Shared(0), ImageReference.Parse($"{_registry}/{_worker}/shared:1"), new PushOptions()));
    }

    private async Task PullBackAsync()
    {
        foreach (var slot in _pushed)
        {
            await _engine.PullAsync(ImageReference.Parse($"{_registry}/{Own(slot)}"), new PullOptions { Policy = PullPolicy.Always });
            Allow(() => _engine.Images.Remove($"{_registry}/{Own(slot)}", force: true));
        }
    }

    private async Task SaveAndLoadAsync()
    {
        foreach (var (slot, expected) in _expected.ToList())
        {
            var path = Path.Combine(_scratch, "saved.tar");
            var format = _random.Next(2) == 0 ? SaveFormat.OciArchive : SaveFormat.DockerArchive;
            await _engine.SaveAsync([Own(slot)], new SaveOptions { Path = path, Format = format });
            if (_random.Next(2) == 0)
            {
                _expected.Remove(slot);
                _engine.Images.Remove(Own(slot), force: true);
            }

            await _engine.LoadAsync(path, new LoadOptions { Tag = ImageReference.Parse($"{_worker}/loaded:{slot}") });
            Verify($"{_worker}/loaded:{slot}", expected);
            _engine.Images.Remove($"{_worker}/loaded:{slot}", force: true);
        }
    }

    private async Task ListAsync()
    {
        var list = ImageReference.Parse($"{_worker}/list:1");
        foreach (var (slot, expected) in _expected.Take(1).ToList())
        {
            await _engine.Manifests.CreateAsync(list, new ManifestListOptions { Images = [Own(slot)], Replace = true });
            _expected.Remove(slot);
            _engine.Images.Remove(Own(slot), force: true);
            Verify(_engine.Manifests.Get(list).Entries[0].Digest.ToString(), expected);
            await _engine.Manifests.PushAsync(list, ImageReference.Parse($"{_registry}/{_worker}/list:1"), new ManifestPushOptions());
            // Of the same platform, so that it takes the place of the first.
            await _engine.Manifests.AddAsync(list, Published(), new ManifestEntryOptions { AllPlatforms = true });
            _engine.Manifests.Remove(list);
        }
    }

    private async Task ExportAsync()
    {
        foreach (var (slot, expected) in _expected.ToList())
        {
            using var tar = new MemoryStream();
            await _engine.SaveAsync([Own(slot)], new SaveOptions { Destination = tar, Format = SaveFormat.RootFsTar });
            tar.Position = 0;
            Assert.Equal(expected, Describe(ReadFiles(tar)));
        }
    }

    // As a restored backup, or a clock that was wrong for a while, leaves the times of files.
    private void TouchFiles()
    {
        var layout = _engine.Layout;
        foreach (var directory in (string[])[Path.Combine(layout.Blobs, "sha256"), layout.Layers, layout.StepCache, layout.Leases])
        {
            foreach (var path in Directory.Exists(directory) ? Directory.GetFiles(directory) : [])
            {
                if (_random.Next(3) == 0)
                {
                    try
                    {
                        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(_random.Next(-2000, 2000)));
                    }
                    catch (IOException)
                    {
                        // Removed by another process.
                    }
                }
            }
        }
    }

    private void Verify(string name, string expected)
    {
        var image = _engine.Images.Get(name);
        using var tar = new MemoryStream();
        using (var writer = new LayerTarWriter(tar))
        {
            LayerMerge.Write([.. image.Config.RootFs.DiffIds.Select(d => (Func<Stream>)(() => _engine.Layers.OpenTar(d)))], writer, new LayerMergeOptions { KeepWhiteouts = false });
            writer.Complete();
        }

        tar.Position = 0;
        Assert.Equal(expected, Describe(ReadFiles(tar)));
    }

    private static string Describe(Dictionary<string, string> files)
    {
        Assert.True(files.ContainsKey("bin/busybox"), "The base's own files are not in the image.");
        return $"{files["base"]}|{files["tools"]}|{files["own"]}|{files["out"]}";
    }

    private static Dictionary<string, string> ReadFiles(Stream tar)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = new LayerTarReader(tar, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            if (entry.Type == TarEntryType.File)
            {
                var content = new byte[Math.Min(entry.Size, 1000)];
                reader.Content.ReadExactly(content);
                files[entry.Path] = Encoding.UTF8.GetString(content);
            }
        }

        return files;
    }

    private static void Allow(Action action)
    {
        try
        {
            action();
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            // Another process removed what this one named.
        }
    }

    private static async Task AllowAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            // As above.
        }
    }

    private sealed class TemporaryDirectory : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("zlayer-stress-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
