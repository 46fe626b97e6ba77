using System.Diagnostics;
using ZLayer.Core.Tests.Equivalence;

namespace ZLayer.Core.Tests.Cli;

/// <summary>Signals that end the command.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [SkippableTheory]
    [InlineData("HUP", 129)]
    [InlineData("TERM", 143)]
    public void Build_that_is_told_to_end_leaves_nothing_behind(string signal, int exitCode)
    {
        UseBase();
        using var process = StartSleepingBuild(CliProcess.Program);

        Send(signal, process);

        var result = CliProcess.Finish(process);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("interrupted", result.Error, StringComparison.Ordinal);
        Assert.Empty(FindStepDirectories());
    }

    [SkippableFact]
    public void Build_under_nohup_goes_on_when_the_terminal_hangs_up()
    {
        UseBase();
        using var process = StartSleepingBuild("/usr/bin/nohup", CliProcess.Program);

        Send("HUP", process);

        CliProcess.Finish(process).Succeeded();
    }

    private Process StartSleepingBuild(string program, params string[] before)
    {
        _cli.Write("context/Dockerfile", "FROM test/base:1\nRUN echo sleeping && sleep 2\n");
        var process = _cli.Start(program, [.. before, "build", "context", "--network", "none", "--no-cache"]);
        while (process.StandardError.ReadLine() is { } line && !line.EndsWith(" sleeping", StringComparison.Ordinal))
        {
            // Until the step runs.
        }

        return process;
    }

    private IEnumerable<string> FindStepDirectories()
        => Directory.EnumerateDirectories(_cli.Root, "upper", SearchOption.AllDirectories);

    private static void Send(string signal, Process process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private void UseBase()
    {
        Skip.IfNot(CorpusBase.IsPossible, $"{CorpusBase.BusyboxPath} (package busybox-static) is not installed");
        Skip.IfNot(Environment.IsPrivilegedProcess, "RUN as root is what is tested here");
        Skip.IfNot(new[] { "crun", "runc", "youki" }.Any(r => File.Exists("/usr/bin/" + r) || File.Exists("/usr/sbin/" + r)), "no OCI runtime is installed");
        _cli.Run("load", CorpusBase.Create(Path.Combine(_cli.Directory, "base")).DockerArchivePath).Succeeded();
    }
}
