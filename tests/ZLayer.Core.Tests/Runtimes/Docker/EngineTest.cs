using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>
/// What tests against a real engine share: a runtime, an image of busybox under a name of their own, and names for containers that are removed
/// in the end, whatever happened.
/// </summary>
[Collection(DockerEngineCollection.Name)]
public abstract class EngineTest(DockerEngineFixture docker) : IAsyncLifetime
{
    /// <summary>Busybox with its applets on the path.</summary>
    public const string Image = "zlayer-test/busybox:1";

    private readonly List<string> _containers = [];
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private DockerRuntime? _runtime;

    protected DockerEngineFixture Docker => docker;

    protected IContainerRuntime Runtime => _runtime!;

    /// <summary>The caller's variables; a test may add some.</summary>
    protected IDictionary<string, string> Caller => _environment;

    protected bool IsPodman { get; private set; }

    /// <summary>The version of the API that engine and runtime speak.</summary>
    private protected ApiVersion Api { get; private set; }

    /// <summary>Whether containers may have networks: an engine of the tests' own has none.</summary>
    protected bool HasBridge { get; private set; }

    public virtual async Task InitializeAsync()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        _runtime = NewRuntime();
        var info = await _runtime.DescribeAsync();
        Assert.True(info.IsAvailable, info.Reason);
        Assert.True(ApiVersion.TryParse(info.ApiVersion, out var api));
        Api = api;
        IsPodman = info.Kind.Contains("Podman", StringComparison.Ordinal);
        HasBridge = (await docker.RunAsync("network", "ls", "--format", "{{.Name}}")).Output.Split('\n').Contains("bridge");
        await EngineImages.EnsureAsync(docker, Image);
    }

    public virtual async Task DisposeAsync()
    {
        if (_runtime is not null)
        {
            // The last first: Podman keeps a container that others depend on.
            foreach (var container in _containers.AsEnumerable().Reverse())
            {
                await _runtime.RemoveContainerAsync(container, new ContainerRemoveOptions { RemoveVolumes = true });
            }

            await _runtime.DisposeAsync();
        }
    }

    private protected DockerRuntime NewRuntime(string? apiVersion = null, ICredentialSource? credentials = null)
        => new(new DockerRuntimeOptions { Host = docker.Host, ApiVersion = apiVersion, Environment = _environment }, credentials);

    /// <summary>A name for a container that is removed when the test ends.</summary>
    protected string NewName([CallerMemberName] string test = "")
    {
        var name = $"life-{test[..Math.Min(test.Length, 30)].ToLowerInvariant()}-{Guid.NewGuid().ToString("N")[..6]}";
        _containers.Add(name);
        return name;
    }

    protected static ContainerSpecification Shell(string name, string script) => new() { Image = Image, Name = name, Command = ["sh", "-c", script], Network = "none" };

    protected async Task<string> CreateAsync(ContainerSpecification specification)
    {
        var created = await Runtime.CreateContainerAsync(specification);
        _containers.Add(created.Id);
        return created.Id;
    }

    protected async Task<string> StartAsync(ContainerSpecification specification)
    {
        var id = await CreateAsync(specification);
        await Runtime.StartContainerAsync(id);
        return id;
    }

    /// <summary>Runs a script to its end.</summary>
    protected async Task<WaitOutcome> RunAsync(string script, [CallerMemberName] string test = "")
        => await Runtime.WaitOutcomeAsync(await StartAsync(Shell(NewName(test), script)));

    protected static async Task<ZLayerException> FailsAsync(ZLayerErrorKind kind, Func<Task> attempt)
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(attempt);
        Assert.True(kind == error.Kind, $"{error.Kind}: {error.Message}");
        return error;
    }
}
