using System.Diagnostics;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// The machine's own Docker engine, started for these tests on a socket and directories of its own, without networks and
/// firewall rules; whatever engine runs on the machine already is left alone.
/// </summary>
public sealed class DockerEngine : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-docker-").FullName;
    private readonly Process? _process;

    public DockerEngine()
    {
        Unavailable = FindObstacle();
        if (Unavailable is not null)
        {
            return;
        }

        string[] arguments =
        [
            "--data-root", _directory + "/data", "--exec-root", _directory + "/exec", "-H", "unix://" + Socket, "--pidfile", _directory + "/pid",
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--log-level=error",
        ];
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec dockerd \"$@\" > \"$0\" 2>&1", _directory + "/log", .. arguments]);
        _process = Process.Start(start)!;
        for (var waited = 0; waited < 300 && !_process.HasExited; waited++)
        {
            if (File.Exists(Socket) && Run(["version", "--format", "{{.Server.Version}}"]) is { ExitCode: 0 } answer)
            {
                Version = Version.Parse(answer.Output.Trim().Split('-', '+')[0]);
                return;
            }

            Thread.Sleep(100);
        }

        Unavailable = "dockerd does not start here: " + File.ReadAllText(_directory + "/log").Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
    }

    /// <summary>Why there is no engine; null when it answers.</summary>
    public string? Unavailable { get; }

    public Version Version { get; } = new(0, 0);

    private string Socket => _directory + "/docker.sock";

    /// <summary>Runs the docker command and fails the test when it fails.</summary>
    public string Docker(params string[] arguments)
    {
        var (exitCode, output, error) = Run(arguments);
        Assert.True(exitCode == 0, $"docker {string.Join(' ', arguments)} failed:\n{error}");
        return output;
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            using (Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
                {
                    _process.Kill(entireProcessTree: true);
                }
            }

            _process.Dispose();
        }

        // A network namespace may still be mounted below it.
        using var removal = Process.Start("/bin/sh", ["-c", "for m in $(awk -v d=\"$0/\" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l \"$m\"; done; rm -rf \"$0\"", _directory]);
        removal.WaitForExit();
    }

    private static string? FindObstacle()
        => !Environment.IsPrivilegedProcess ? "the Docker engine needs root"
            : RegistryFixture.Find("dockerd") is null || RegistryFixture.Find("docker") is null ? "the Docker engine is not installed (apt-get install docker.io)"
            : null;

    /// <summary>The client that was installed with the engine: another one on PATH may lack the build command's plug-in.</summary>
    private static string Client() => File.Exists("/usr/bin/docker") ? "/usr/bin/docker" : "docker";

    private (int ExitCode, string Output, string Error) Run(string[] arguments)
    {
        var start = new ProcessStartInfo(Client(), ["-H", "unix://" + Socket, .. arguments])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOCKER_BUILDKIT"] = "1";
        start.Environment["DOCKER_CONFIG"] = _directory;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
