using System.Diagnostics;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Builds.Run;

/// <summary>A directory of its own with a busybox layer, a runner, and ways to run steps.</summary>
public sealed class StepFixture : IAsyncDisposable
{
    /// <summary>Set it to runc, crun or youki to run these tests with that one.</summary>
    private const string RuntimeVariable = "ZLAYER_TEST_OCI_RUNTIME";

    private readonly List<string> _warnings = [];
    private int _steps;

    private StepFixture()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("zlayer-step-").FullName;
        Base = MakeLayer("base");
        Runner = new StepRunner(new StepRunnerOptions { OciRuntime = Environment.GetEnvironmentVariable(RuntimeVariable), Warning = _warnings.Add });
    }

    public string Directory { get; }

    public string Base { get; }

    internal StepRunner Runner { get; }

    public IReadOnlyList<string> Warnings => _warnings;

    public static StepFixture Create()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux");
        Skip.IfNot(File.Exists("/bin/busybox"), "needs /bin/busybox (package busybox-static)");
        Skip.IfNot(File.Exists("/usr/sbin/runc") || File.Exists("/usr/bin/runc") || File.Exists("/usr/bin/crun"), "needs an OCI runtime");
        var fixture = new StepFixture();
        fixture.InstallBusybox();
        return fixture;
    }

    public string MakeLayer(string name) => System.IO.Directory.CreateDirectory(Path.Combine(Directory, name)).FullName;

    public string NextWorkDirectory() => MakeLayer($"work{Interlocked.Increment(ref _steps)}");

    /// <summary>A runc that makes no control groups, as inside of other containers; the test is skipped without runc.</summary>
    public string MakeRuntimeWithoutCgroups()
    {
        var runc = new[] { "/usr/sbin/runc", "/usr/bin/runc" }.FirstOrDefault(File.Exists);
        Skip.If(runc is null, "needs runc");
        var picky = Path.Combine(MakeLayer("programs"), "picky");
        Programs.WriteScript(picky, $"#!/bin/sh\ncase \"$*\" in *--rootless=true*) exec {runc} \"$@\";; esac\necho '{{\"level\":\"error\",\"msg\":\"no cgroup for you\"}}' > \"${{4#file:}}\"\nexit 1\n");
        return picky;
    }

    internal StepRequest Shell(string script) => new()
    {
        LowerDirectories = [Base],
        WorkDirectory = NextWorkDirectory(),
        Arguments = ["/bin/sh", "-c", script],
        Environment = ["PATH=/bin"],
        Network = StepNetwork.None,
    };

    internal async Task<StepResult> RunAsync(StepRequest request, CancellationToken cancellationToken = default)
    {
        var lines = new RecordingProgress();
        var outcome = await Runner.RunAsync(request, lines, cancellationToken);
        return new StepResult(outcome, lines.Lines);
    }

    internal Task<StepResult> RunAsync(string script) => RunAsync(Shell(script));

    /// <summary>The paths in an upper directory, relative and sorted; whiteouts are marked.</summary>
    internal static IReadOnlyList<string> Changes(StepOutcome outcome)
        => [.. Output("find", outcome.UpperDirectory, "-mindepth", "1", "-printf", "%y %P\n")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    public static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await Runner.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void InstallBusybox()
    {
        var bin = System.IO.Directory.CreateDirectory(Path.Combine(Base, "bin")).FullName;
        File.Copy("/bin/busybox", Path.Combine(bin, "busybox"));
        foreach (var applet in Output("/bin/busybox", "--list").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (applet != "busybox")
            {
                File.CreateSymbolicLink(Path.Combine(bin, applet), "busybox");
            }
        }
    }

    private sealed class RecordingProgress : IProgress<StepOutput>
    {
        public List<StepOutput> Lines { get; } = [];

        public void Report(StepOutput value) => Lines.Add(value);
    }
}

internal sealed record StepResult(StepOutcome Outcome, IReadOnlyList<StepOutput> Lines)
{
    public IReadOnlyList<string> Output => [.. Lines.Where(line => !line.IsError).Select(line => line.Line)];

    public IReadOnlyList<string> Errors => [.. Lines.Where(line => line.IsError).Select(line => line.Line)];
}
