using System.Diagnostics;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli.Containers;

/// <summary>What tests of the container commands share: the command line, an engine with an image, containers that are removed in the end.</summary>
[Collection(DockerEngineCollection.Name)]
public abstract class ContainerCliTest(DockerEngineFixture docker) : IAsyncLifetime
{
    /// <summary>Busybox with its applets on the path.</summary>
    public const string Image = "zlayer-test/busybox:1";

    private readonly List<string> _containers = [];

    protected CliProcess Cli { get; } = new();

    protected DockerEngineFixture Docker => docker;

    public virtual async Task InitializeAsync()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Cli.Environment["DOCKER_HOST"] = docker.Host;
        Cli.Environment["ZLAYER_RUNTIME"] = "docker";
        await EngineImages.EnsureAsync(docker, Image);
    }

    public virtual async Task DisposeAsync()
    {
        if (_containers.Count > 0)
        {
            await docker.RunAsync(["rm", "-f", "-v", .. _containers]);
        }

        Cli.Dispose();
    }

    /// <summary>A name for a container that is removed when the test ends.</summary>
    protected string NewName()
    {
        var name = $"cli-{Guid.NewGuid():N}"[..16];
        _containers.Add(name);
        return name;
    }

    /// <summary>A container that runs until it is stopped.</summary>
    protected string StartSleeper(params string[] options)
    {
        var name = NewName();
        Cli.Run(["run", "-d", "--name", name, "--network", "none", "--stop-signal", "KILL", .. options, Image, "sleep", "1000"]).Succeeded();
        return name;
    }

    /// <summary>Runs in a container without a network.</summary>
    protected CliResult RunIn(string[] options, params string[] command) => Cli.Run(["run", "--rm", "--network", "none", .. options, Image, .. command]);

    /// <summary>Runs a container in the foreground and comes back when it has said that it is ready.</summary>
    protected Process StartForeground(string name, params string[] arguments)
    {
        var process = Cli.Start(["run", "--name", name, "--network", "none", .. arguments]);
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        return process;
    }

    protected static void Send(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>What the docker command line says.</summary>
    protected async Task<string> AskDockerAsync(params string[] arguments) => (await docker.RunAsync(arguments)).Text;
}
