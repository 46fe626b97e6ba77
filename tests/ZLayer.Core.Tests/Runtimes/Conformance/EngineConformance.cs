using System.IO.Compression;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// An engine with the Docker API: the one that a variable names, else one that the tests start. Its registry is one of the tests' own on
/// loopback, and its network one that is made for them.
/// </summary>
/// <param name="name">The name in the suite.</param>
/// <param name="variable">The variable with the address of an engine that runs already.</param>
/// <param name="obstacle">Why none can be started here; null when one can.</param>
/// <param name="start">Starts one.</param>
internal sealed class EngineConformance(string name, string variable, string? obstacle, Func<Task<ITestEngine>>? start = null) : ConformanceRuntime
{
    private readonly string? _host = Environment.GetEnvironmentVariable(variable);
    private readonly string _unique = "conformance-" + Guid.NewGuid().ToString("N")[..8];
    private ITestEngine? _engine;
    private RegistryFixture? _registry;

    public override string Name => name;

    public override string Image => "zlayer-test/busybox:1";

    public override bool IsOwn => string.IsNullOrEmpty(_host);

    public override ImageReference Unreachable { get; } = ImageReference.Parse($"127.0.0.1:{RegistryFixture.FreePort()}/app:1");

    public override string Host => IsOwn ? _engine!.Host : _host!;

    public override async Task OpenAsync()
    {
        Skip.If(IsOwn && obstacle is not null, obstacle);
        _engine = IsOwn ? await start!() : null;
        Runtime = new DockerRuntime(new DockerRuntimeOptions { Host = Host, Name = name });
        var info = await Runtime.DescribeAsync();
        Assert.True(info.IsAvailable, info.Reason);
        Version = Version.Parse(info.Version!.Split('-', '+')[0]);
        var isPodman = info.Kind == "Podman service";
        Skip.If(isPodman != (name == "podman"), $"{variable} names another kind of engine: {info.Kind}");
        await EngineImages.EnsureAsync(DockerAsync, Image);
        Network = (await DockerAsync("network", "create", _unique)).ExitCode == 0 ? _unique : null;
        // Podman speaks TLS with registries on loopback unless it is told otherwise, as one of the tests' own is.
        if (RegistryFixture.IsInstalled && (IsOwn || !isPodman))
        {
            _registry = await RegistryFixture.StartAsync();
            Pullable = ImageReference.Parse($"{_registry.Registry}/{_unique}:1");
            Unknown = Pullable.WithTag("2");
            await PushAsync(Pullable);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Network is not null)
        {
            await DockerAsync("network", "rm", Network);
        }

        await base.DisposeAsync();
        await (_registry?.DisposeAsync() ?? Task.CompletedTask);
        await (_engine?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private Task<ProgramResult> DockerAsync(params string[] arguments) => Programs.RunAsync("docker", ["-H", Host, .. arguments]);

    private static async Task PushAsync(ImageReference reference)
    {
        var tar = Tars.Write(writer => writer.Text("file", "content"));
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(tar);
        }

        var image = TestImage.Create([TestBlob.Of(compressed.ToArray(), MediaTypes.OciLayerGzip)], MediaTypes.OciManifest, Digest.Of(tar));
        using var client = new RegistryClient(RegistryClientTests.Quick, new SessionCredentials());
        await image.PushAsync(client, reference);
    }
}
