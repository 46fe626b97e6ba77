using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ZLayer.Core.Builds;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Library;

/// <summary>
/// The examples of docs/library.md: what stands between two marks here is a block of code there. With ZLAYER_WRITE_DOCS=1 the page is written.
/// </summary>
public sealed partial class LibraryPageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _root;
    private readonly string _context;

    public LibraryPageTests()
    {
        _root = Path.Combine(_directory.Path, "root");
        _context = Directory.CreateDirectory(Path.Combine(_directory.Path, "context")).FullName;
        File.WriteAllText(Path.Combine(_context, "hello.txt"), "hello");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_image_is_built_and_looked_at()
    {
        var root = _root;
        var context = _context;
        // <build>
        await using var engine = new ZLayerEngine(ZLayerEngineOptions.FromEnvironment(root));
        var result = await engine.BuildAsync(new BuildOptions
        {
            ContextDirectory = context,
            DockerfileText = "FROM scratch\nCOPY hello.txt /\n",
            Tags = [ImageReference.Parse("hello:1")],
        });
        // </build>
        // <inspect>
        var image = engine.Images.Get("hello:1");
        Console.WriteLine($"{image.Manifest.Layers.Count} layer for {image.Platform}");
        foreach (var known in engine.Images.List())
        {
            Console.WriteLine($"{known} {known.Digest} {known.Size}");
        }
        // </inspect>
        Assert.NotNull(result);
        Assert.Single(image.Manifest.Layers);
    }

    [SkippableFact]
    public async Task An_image_is_pulled_and_copied()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await using var server = await RegistryFixture.StartAsync();
        var registry = server.Registry;
        await using var builder = new ZLayerEngine(new ZLayerEngineOptions { Root = _root });
        await BuildAsync(builder, $"{registry}/app:1");
        _ = await builder.PushAsync($"{registry}/app:1", null, new PushOptions());
        await using var engine = new ZLayerEngine(new ZLayerEngineOptions { Root = Path.Combine(_directory.Path, "other") });
        // <pull>
        var image = await engine.PullAsync(ImageReference.Parse($"{registry}/app:1"), new PullOptions());
        var copy = await engine.CopyAsync(
            ImageReference.Parse($"{registry}/app:1"), ImageReference.Parse($"{registry}/mirror/app:1"), new CopyOptions());
        // </pull>
        Assert.Equal(image.Digest, copy.Digest);
    }

    [Fact]
    public async Task A_container_is_run_and_its_log_followed()
    {
        var lines = new List<string>();
        // <run>
        var options = ZLayerEngineOptions.FromEnvironment() with
        {
            FurtherRuntimes = new Dictionary<string, Func<IContainerRuntime>> { ["fake"] = () => new FakeRuntime() },
        };
        await using var engine = new ZLayerEngine(options);
        var runtime = engine.Runtimes.Get("fake");
        await runtime.PullImageAsync(ImageReference.Parse("busybox"));
        var container = await runtime.CreateContainerAsync(
            new ContainerSpecification { Image = "busybox", Command = ["sh", "-c", "echo one; echo two"] });
        await runtime.StartContainerAsync(container.Id);
        var log = runtime.StreamLogsAsync(container.Id, new LogOptions { Follow = true });
        await foreach (var line in LogLines.ReadAsync(log, container.Name, runtime.Name))
        {
            lines.Add(line.Text);
        }

        // </run>
        Assert.Equal(["one", "two"], lines);
    }

    [Fact]
    public async Task An_image_is_pushed_to_a_target_of_ones_own()
    {
        await using var engine = new ZLayerEngine(new ZLayerEngineOptions { Root = _root });
        await BuildAsync(engine, "hello:1");
        var target = new CountingTarget();
        // <push>
        var pushed = await engine.PushAsync("hello:1", ImageReference.Parse("example.invalid/hello:1"), target, new PushOptions());
        // </push>
        Assert.Equal(2, target.Blobs);
        Assert.NotNull(pushed);
    }

    [Fact]
    public void The_page_shows_these_examples()
    {
        var path = Path.Combine(Repository.Root, "docs", "library.md");
        var source = File.ReadAllText(PathOfThis());
        var page = File.ReadAllText(path);

        var shown = Shown().Replace(page, match => $"{match.Groups["head"].Value}{Example(source, match.Groups["name"].Value)}```");

        if (Environment.GetEnvironmentVariable("ZLAYER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, shown);
            page = shown;
        }

        Assert.Equal(6, Shown().Count(page));
        Assert.Equal(shown, page);
    }

    private static string Example(string source, string name)
    {
        var text = Regex.Match(source, $@"^ *// <{name}>\n(?<text>[\s\S]*?)^ *// </{name}>", RegexOptions.Multiline).Groups["text"].Value;
        var indent = text.Length - text.TrimStart(' ').Length;
        return string.Concat(text.TrimEnd().Split('\n').Select(line => (line.Length > indent ? line[indent..] : "") + "\n"));
    }

    private async Task BuildAsync(ZLayerEngine engine, string name)
        => _ = await engine.BuildAsync(new BuildOptions
        {
            ContextDirectory = _context,
            DockerfileText = "FROM scratch\nCOPY hello.txt /\n",
            Tags = [ImageReference.Parse(name)],
        });

    private static string PathOfThis([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"(?<head><!-- (?<name>\w+) -->\n```csharp\n)[\s\S]*?```")]
    private static partial Regex Shown();

    // <target>
    private sealed class CountingTarget : IPushTarget
    {
        private int _blobs;

        public int Blobs => _blobs;

        public async Task<BlobUploadOutcome> UploadBlobAsync(
            ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            await using var content = await blob.OpenAsync(cancellationToken);
            await content.CopyToAsync(Stream.Null, cancellationToken);
            Interlocked.Increment(ref _blobs);
            return BlobUploadOutcome.Uploaded;
        }

        public Task PutManifestAsync(
            ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
            => Task.CompletedTask;
    }

    // </target>
}
