using System.Diagnostics;
using System.Globalization;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// A Docker engine for tests: the one that <c>ZLAYER_TEST_DOCKER_HOST</c> names, else one of its own with a data root, socket and containerd apart from the
/// machine's, without networks. Tests say <c>Skip.IfNot(docker.IsAvailable, docker.Reason)</c>. Share it with <c>[Collection(DockerEngineCollection.Name)]</c>.
/// </summary>
public sealed class DockerEngineFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private string? _directory;
    private Process? _daemon;

    public bool IsAvailable { get; private set; }

    /// <summary>Why there is no engine.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The address, as <c>DOCKER_HOST</c> has it.</summary>
    public string Host { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ZLAYER_TEST_DOCKER_HOST") is { Length: > 0 } host)
        {
            (Host, IsAvailable) = (host, true);
            return;
        }

        Reason = Programs.Find("docker") is null || Programs.Find("dockerd") is null ? "the Docker engine is not installed (apt-get install docker.io)"
            : !Environment.IsPrivilegedProcess ? "starting the Docker engine needs root"
            : "";
        if (Reason.Length == 0)
        {
            await StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_daemon is { HasExited: false })
        {
            // The engine ends its containerd when it is asked to end, not when it is killed.
            await Programs.RunAsync("kill", "-TERM", _daemon.Id.ToString(CultureInfo.InvariantCulture));
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _daemon.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _daemon.Kill(entireProcessTree: true);
            }
        }

        _daemon?.Dispose();
        if (_directory is not null)
        {
            await Programs.RunAsync("rm", "-rf", _directory);
        }
    }

    /// <summary>Runs the docker command line against the engine.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) => Programs.RunAsync("docker", ["-H", Host, .. arguments]);

    private async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("zlayer-docker-").FullName;
        Host = $"unix://{_directory}/docker.sock";
        var start = new ProcessStartInfo(Programs.Find("dockerd")!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])
            ["--data-root", $"{_directory}/data", "--exec-root", $"{_directory}/exec", "--pidfile", $"{_directory}/pid", "-H", Host,
            "--bridge=none", "--iptables=false", "--ip6tables=false"])
        {
            start.ArgumentList.Add(argument);
        }

        _daemon = Process.Start(start)!;
        var log = new Queue<string>();
        _daemon.OutputDataReceived += (_, line) => Keep(log, line.Data);
        _daemon.ErrorDataReceived += (_, line) => Keep(log, line.Data);
        _daemon.BeginOutputReadLine();
        _daemon.BeginErrorReadLine();
        var started = Stopwatch.StartNew();
        while (!IsAvailable && !_daemon.HasExited && started.Elapsed < StartTime)
        {
            await Task.Delay(200);
            IsAvailable = (await RunAsync("version")).ExitCode == 0;
        }

        lock (log)
        {
            Reason = IsAvailable ? "" : "the Docker engine does not start here: " + string.Join(" | ", log);
        }
    }

    private static void Keep(Queue<string> log, string? line)
    {
        lock (log)
        {
            if (line is not null && log.Count == 5)
            {
                log.Dequeue();
            }

            if (line is not null)
            {
                log.Enqueue(line);
            }
        }
    }
}
