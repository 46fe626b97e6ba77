using System.Diagnostics;
using System.Globalization;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// A Docker engine of a test's own, with a data root, socket and containerd apart from the machine's, without networks. It can be killed and
/// started again.
/// </summary>
public sealed class PrivateEngine : ITestEngine
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("zlayer-docker-").FullName;
    private readonly string[] _further;
    private readonly Queue<string> _log = new();
    private Process? _daemon;

    private PrivateEngine(string[] further) => _further = further;

    /// <summary>Why no engine can be started here; null when one can.</summary>
    public static string? Obstacle { get; }
        = Programs.Find("docker") is null || Programs.Find("dockerd") is null ? "the Docker engine is not installed (apt-get install docker.io)"
            : !Environment.IsPrivilegedProcess ? "starting the Docker engine needs root"
            : null;

    /// <summary>The address, as <c>DOCKER_HOST</c> has it.</summary>
    public string Host => $"unix://{SocketPath}";

    public string SocketPath => _directory + "/docker.sock";

    /// <summary>Starts an engine.</summary>
    /// <param name="further">Further arguments of dockerd.</param>
    public static async Task<PrivateEngine> StartAsync(params string[] further)
    {
        var engine = new PrivateEngine(further);
        try
        {
            await engine.StartAgainAsync();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the engine that was stopped or killed, over what it left behind.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo(
            Programs.Find("dockerd")!,
            [
                "--data-root", $"{_directory}/data", "--exec-root", $"{_directory}/exec", "--pidfile", $"{_directory}/pid", "-H", Host,
                "--bridge=none", "--iptables=false", "--ip6tables=false", .. _further,
            ]) { RedirectStandardError = true, RedirectStandardOutput = true };
        File.Delete($"{_directory}/pid");
        await EndContainerdAsync();
        _daemon = Process.Start(start)!;
        _daemon.OutputDataReceived += (_, line) => Keep(line.Data);
        _daemon.ErrorDataReceived += (_, line) => Keep(line.Data);
        _daemon.BeginOutputReadLine();
        _daemon.BeginErrorReadLine();
        var started = Stopwatch.StartNew();
        while ((await RunAsync("version")).ExitCode != 0)
        {
            if (_daemon.HasExited || started.Elapsed > StartTime)
            {
                throw new InvalidOperationException("the Docker engine does not start here: " + Log());
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Kills the engine, and nothing of what it started.</summary>
    public async Task KillAsync()
    {
        _daemon!.Kill();
        await _daemon.WaitForExitAsync();
    }

    /// <summary>Ends the engine as the system does.</summary>
    public async Task StopAsync()
    {
        if (_daemon is not { HasExited: false })
        {
            return;
        }

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

    /// <summary>Runs the docker command line against the engine.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) => Programs.RunAsync("docker", ["-H", Host, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _daemon?.Dispose();
        await EndContainerdAsync();
        await EndContainersAsync();
        await Programs.RunAsync("sh", "-c", "umount -R \"$0\"/exec/netns \"$0\"/data 2>/dev/null; rm -rf \"$0\"", _directory);
    }

    // A killed engine takes its containerd along. An engine that finds its process id, of a process that nobody has waited for yet, would wait for it in vain.
    private async Task EndContainerdAsync()
    {
        var file = $"{_directory}/exec/containerd/containerd.pid";
        if (File.Exists(file))
        {
            await Programs.RunAsync("kill", "-KILL", await File.ReadAllTextAsync(file));
            File.Delete(file);
        }
    }

    // Containers of an engine that was killed go on without it.
    private async Task EndContainersAsync()
        => await Programs.RunAsync("sh", "-c", "for shim in $(pgrep -f -- \"-address $0/\"); do pkill -KILL -P \"$shim\"; kill -KILL \"$shim\"; done", _directory);

    private string Log()
    {
        lock (_log)
        {
            return string.Join(" | ", _log);
        }
    }

    private void Keep(string? line)
    {
        lock (_log)
        {
            if (line is not null && _log.Count == 5)
            {
                _log.Dequeue();
            }

            if (line is not null)
            {
                _log.Enqueue(line);
            }
        }
    }
}
