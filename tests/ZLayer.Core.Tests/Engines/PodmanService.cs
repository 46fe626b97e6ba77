using System.Diagnostics;
using System.Globalization;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// Podman's service with storage and state of a test's own, over runc, which knows every layout of cgroups. Its registries on loopback speak
/// plain HTTP.
/// </summary>
public sealed class PodmanService : ITestEngine
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-podman-").FullName;
    private Process? _service;

    private PodmanService()
    {
    }

    /// <summary>Why no service can be started here; null when one can.</summary>
    public static string? Obstacle { get; }
        = Programs.Find("podman") is null ? "Podman is not installed (apt-get install podman)"
            : Programs.Find("runc") is null ? "runc is not installed (apt-get install runc)"
            : Programs.Find("docker") is null ? "the docker command is not installed (apt-get install docker.io)"
            : !Environment.IsPrivilegedProcess ? "starting Podman's service needs root"
            : null;

    /// <inheritdoc/>
    public string Host => $"unix://{_directory}/podman.sock";

    /// <summary>Starts a service.</summary>
    public static async Task<PodmanService> StartAsync()
    {
        var service = new PodmanService();
        try
        {
            await service.BeginAsync();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_service is { HasExited: false })
        {
            await Programs.RunAsync("kill", "-TERM", _service.Id.ToString(CultureInfo.InvariantCulture));
            if (!_service.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                _service.Kill(entireProcessTree: true);
            }
        }

        _service?.Dispose();
        await Programs.RunAsync("sh", "-c", "for m in $(awk -v d=\"$0/\" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l \"$m\"; done; rm -rf \"$0\"", _directory);
    }

    private async Task BeginAsync()
    {
        var registries = _directory + "/registries.conf";
        await File.WriteAllTextAsync(registries, "[[registry]]\nprefix = \"127.0.0.1\"\nlocation = \"127.0.0.1\"\ninsecure = true\n");
        // Podman asks for more open files and processes than a machine may allow even root.
        var configuration = _directory + "/containers.conf";
        await File.WriteAllTextAsync(configuration, "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n");
        var start = new ProcessStartInfo("/bin/sh", [
            "-c", "exec \"$@\" > \"$0\" 2>&1", _directory + "/log", Programs.Find("podman")!,
            "--root", _directory + "/data", "--runroot", _directory + "/run", "--tmpdir", _directory + "/state",
            "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "system", "service", "--time", "0", Host]);
        start.Environment["CONTAINERS_REGISTRIES_CONF"] = registries;
        start.Environment["CONTAINERS_CONF"] = configuration;
        _service = Process.Start(start)!;
        var started = Stopwatch.StartNew();
        while ((await Programs.RunAsync("docker", "-H", Host, "version")).ExitCode != 0)
        {
            if (_service.HasExited || started.Elapsed > StartTime)
            {
                throw new InvalidOperationException("Podman's service does not start here: " + await File.ReadAllTextAsync(_directory + "/log"));
            }

            await Task.Delay(100);
        }
    }
}
