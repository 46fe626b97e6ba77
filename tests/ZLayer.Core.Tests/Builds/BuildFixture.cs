using System.Text;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core.Tests.Builds;

/// <summary>An engine on a data root of its own, a build context beside it, and a base image made of busybox.</summary>
internal sealed class BuildFixture : IAsyncDisposable
{
    public const string Base = "test/base:1";

    private static readonly string[] Applets =
    [
        "sh", "ls", "cat", "echo", "mkdir", "rm", "touch", "chmod", "chown", "ln", "test", "true", "false", "id", "env", "grep", "sed", "sleep",
        "stat", "wc", "cp", "mv", "find", "hostname", "seq", "kill", "head", "tail", "sort", "printf", "readlink", "dd", "date", "ip",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-build-").FullName;

    public BuildFixture()
    {
        Context = Path.Combine(_directory, "context");
        Directory.CreateDirectory(Context);
        Engine = CreateEngine("root");
    }

    public static bool CanRun => OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/bin/busybox")
        && (File.Exists("/usr/sbin/runc") || File.Exists("/usr/bin/runc") || File.Exists("/usr/bin/crun"));

    public static string WhyNot => "needs root, an OCI runtime and busybox-static";

    public string Context { get; }

    public ZLayerEngine Engine { get; }

    public List<BuildEvent> Events { get; } = [];

    public IEnumerable<InstructionCompleted> Completed => Events.OfType<InstructionCompleted>();

    public string PathOf(string name) => Path.Combine(_directory, name);

    public ZLayerEngine CreateEngine(string name, string? dockerHost = null)
        => new(new ZLayerEngineOptions
        {
            Root = Path.Combine(_directory, name),
            Docker = new DockerRuntimeOptions { Host = dockerHost },
            Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
        });

    public void Write(string path, string content)
    {
        var full = Path.Combine(Context, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    public Task<BuildResult> BuildAsync(string dockerfile, BuildOptions? options = null, ZLayerEngine? engine = null, CancellationToken cancellationToken = default)
    {
        Events.Clear();
        return (engine ?? Engine).BuildAsync(
            (options ?? new BuildOptions()) with { ContextDirectory = Context, DockerfileText = dockerfile }, new Sink(Events), cancellationToken);
    }

    /// <summary>Puts the base image into an engine's store.</summary>
    public static void AddBase(ZLayerEngine engine, string name = Base, ContainerDefaults? config = null)
    {
        engine.Layout.EnsureCreated();
        var layer = engine.Content.Create();
        using (var tar = new LayerTarWriter(layer))
        {
            foreach (var directory in (string[])["bin", "etc", "tmp", "root"])
            {
                tar.WriteEntry(new TarEntry { Path = directory, Type = TarEntryType.Directory, Mode = directory == "tmp" ? 0x3FF : 0x1ED });
            }

            var busybox = File.Exists("/bin/busybox") ? File.ReadAllBytes("/bin/busybox") : Encoding.ASCII.GetBytes("no busybox");
            tar.WriteFile(new TarEntry { Path = "bin/busybox", Type = TarEntryType.File, Mode = 0x1ED, Size = busybox.Length }, busybox);
            foreach (var applet in Applets)
            {
                tar.WriteEntry(new TarEntry { Path = "bin/" + applet, Type = TarEntryType.SymbolicLink, LinkTarget = "busybox", Mode = 0x1FF });
            }

            WriteText(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n");
            WriteText(tar, "etc/group", "root:x:0:\napp:x:1001:\nextra:x:2000:app\n");
            tar.Complete();
        }

        using (layer)
        {
            Add(engine, name, layer.Commit(), layer.Length, config);
        }
    }

    public string[] Files(BuildResult result, ZLayerEngine? engine = null)
        => [.. Merged(result, engine).Keys.Order(StringComparer.Ordinal)];

    /// <summary>The files of an image, whiteouts applied: path to entry and content.</summary>
    public Dictionary<string, (TarEntry Entry, string Content)> Merged(BuildResult result, ZLayerEngine? engine = null)
    {
        engine ??= Engine;
        var image = Load(result, engine);
        using var buffer = new MemoryStream();
        using (var tar = new LayerTarWriter(buffer))
        {
            LayerMerge.Write(
                [.. image.Config.RootFs.DiffIds.Select(d => (Func<Stream>)(() => engine.Layers.OpenTar(d)))], tar, new LayerMergeOptions { KeepWhiteouts = false });
            tar.Complete();
        }

        buffer.Position = 0;
        return ReadEntries(buffer);
    }

    public StoredImage Load(BuildResult result, ZLayerEngine? engine = null)
        => (engine ?? Engine).Images.Get(result.Digest.ToString(), null);

    /// <summary>The entries of the last layer.</summary>
    public Dictionary<string, (TarEntry Entry, string Content)> LastLayer(BuildResult result)
    {
        using var stream = Engine.Layers.OpenTar(Load(result).Config.RootFs.DiffIds[^1]);
        return ReadEntries(stream);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static Dictionary<string, (TarEntry Entry, string Content)> ReadEntries(Stream stream)
    {
        var entries = new Dictionary<string, (TarEntry, string)>(StringComparer.Ordinal);
        using var reader = new LayerTarReader(stream, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            using var content = new MemoryStream();
            reader.Content.CopyTo(content);
            entries[entry.Path] = (entry, content.Length > 100_000 ? "" : Encoding.UTF8.GetString(content.ToArray()));
        }

        return entries;
    }

    private static void WriteText(LayerTarWriter tar, string path, string text)
        => tar.WriteFile(
            new TarEntry { Path = path, Type = TarEntryType.File, Mode = 0x1A4, Size = Encoding.UTF8.GetByteCount(text) }, Encoding.UTF8.GetBytes(text));

    private static void Add(ZLayerEngine engine, string name, Digest layer, long size, ContainerDefaults? config)
    {
        var blob = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = layer, Size = size };
        engine.Layers.AddBlob(layer, blob, verified: true);
        var image = OciJson.Serialize(new ImageConfig
        {
            Os = "linux",
            Architecture = Platform.Host.Architecture,
            Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
            RootFs = new RootFs { DiffIds = [layer] },
            Config = config ?? new ContainerDefaults { Env = ["PATH=/bin"], Cmd = ["sh"] },
            History = [new HistoryEntry { CreatedBy = "base" }],
        });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = engine.Content.Write(image), Size = image.Length },
            Layers = [blob],
        });
        engine.References.Set(
            ImageReference.Parse(name),
            new Descriptor { MediaType = MediaTypes.OciManifest, Digest = engine.Content.Write(manifest), Size = manifest.Length });
    }

    private sealed class Sink(List<BuildEvent> events) : IProgress<BuildEvent>
    {
        public void Report(BuildEvent value)
        {
            lock (events)
            {
                events.Add(value);
            }
        }
    }
}
