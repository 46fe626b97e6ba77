using System.Diagnostics;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Errors;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class StepLifetimeTests
{
    [SkippableFact]
    public async Task Cancelling_ends_every_process_soon_and_leaves_nothing()
    {
        await using var fixture = StepFixture.Create();
        var request = fixture.Shell("trap '' TERM; (trap '' TERM; sleep 6661) & sleep 6662");
        using var source = new CancellationTokenSource();
        var running = fixture.RunAsync(request, source.Token);
        await WaitUntilAsync(() => CountProcesses("sleep\0666") == 2);

        var watch = Stopwatch.StartNew();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(0, CountProcesses("sleep\0666"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(request.WorkDirectory));
        Assert.DoesNotContain(fixture.Directory, File.ReadAllText("/proc/self/mounts"));
        await fixture.Runner.DisposeAsync();
        Assert.Equal(0, CountGroups(fixture.Runner.GroupPrefix));
    }

    [SkippableFact]
    public async Task A_step_leaves_no_process_mount_or_control_group()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync("sleep 5551 & echo done");

        Assert.Equal(["done"], result.Output);
        Assert.Equal(0, CountProcesses("sleep\05551"));
        Assert.DoesNotContain(fixture.Directory, File.ReadAllText("/proc/self/mounts"));
        await fixture.Runner.DisposeAsync();
        Assert.Equal(0, CountGroups(fixture.Runner.GroupPrefix));
    }

    [SkippableFact]
    public async Task A_cancelled_token_starts_nothing()
    {
        await using var fixture = StepFixture.Create();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.RunAsync(fixture.Shell("true"), new CancellationToken(true)));
    }

    [SkippableFact]
    public async Task Killing_the_builder_ends_the_step_and_leaves_no_mount()
    {
        await using var fixture = StepFixture.Create();
        var work = fixture.NextWorkDirectory();
        using var builder = OtherBuilder.Start(fixture, work, "sleep 7771 & echo started; sleep 7772", StepNetwork.Default);
        while (await builder.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line && line != "started")
        {
            Assert.StartsWith("warning: ", line);
        }

        await WaitUntilAsync(() => CountProcesses("sleep\0777") == 2);

        builder.Kill();
        await builder.WaitForExitAsync();
        await WaitUntilAsync(() => CountProcesses("sleep\0777") == 0);

        Assert.Equal(0, CountProcesses(work));
        Assert.DoesNotContain(work, string.Concat(Directory.EnumerateDirectories("/proc").Select(process => Read($"{process}/mounts"))));
    }

    [SkippableFact]
    public async Task Steps_run_at_the_same_time()
    {
        await using var fixture = StepFixture.Create();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => fixture.RunAsync($"sleep 0.3; echo {i}")));

        Assert.Equal(["0", "1", "2", "3", "4", "5"], results.Select(result => Assert.Single(result.Output)));
    }

    [SkippableFact]
    public async Task Much_output_arrives_whole_and_in_order()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync("seq 1 20000; head -c 100000 /dev/zero | tr '\\0' x; echo; printf end");

        Assert.Equal(Enumerable.Range(1, 20_000).Select(i => $"{i}"), result.Output.Take(20_000));
        Assert.Equal(100_000, result.Output.Skip(20_000).SkipLast(1).Sum(line => line.Length));
        Assert.Equal(new StepOutput("end", false, true), result.Lines[^1]);
    }

    [SkippableFact]
    public async Task Output_arrives_while_the_step_runs()
    {
        await using var fixture = StepFixture.Create();
        var first = new TaskCompletionSource();
        await fixture.RunAsync("true");

        var running = fixture.Runner.RunAsync(fixture.Shell("echo now; sleep 6"), new CallbackProgress(_ => first.TrySetResult()));

        await first.Task.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.False(running.IsCompleted);
        await running;
    }

    [SkippableFact]
    public async Task A_runtime_that_does_not_work_is_passed_over_without_a_word()
    {
        await using var fixture = StepFixture.Create();
        var programs = fixture.MakeLayer("programs");
        var broken = Path.Combine(programs, "crun");
        Programs.WriteScript(broken, "#!/bin/sh\necho broken >&2\necho '{\"level\":\"error\",\"msg\":\"broken\"}' > \"${4#file:}\"\nexit 1\n");
        Skip.IfNot(File.Exists("/usr/sbin/runc") || File.Exists("/usr/bin/runc"), "needs runc");
        await using var runner = new StepRunner(new StepRunnerOptions { SearchPath = [programs] });
        var lines = new List<StepOutput>();

        var outcome = await runner.RunAsync(fixture.Shell("echo fine; echo x > /made"), new CallbackProgress(lines.Add));

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(["fine"], lines.Select(line => line.Line));
        Assert.Equal(["f made"], StepFixture.Changes(outcome));
    }

    [SkippableFact]
    public async Task A_chosen_runtime_that_does_not_work_is_an_error_with_its_reason()
    {
        await using var fixture = StepFixture.Create();
        var broken = Path.Combine(fixture.MakeLayer("programs"), "oddrun");
        Programs.WriteScript(broken, "#!/bin/sh\necho '{\"level\":\"error\",\"msg\":\"no luck today\"}' > \"${4#file:}\"\nexit 1\n");
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = broken });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runner.RunAsync(fixture.Shell("true"), new CallbackProgress(_ => { })));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("no luck today", error.Message);
    }

    [SkippableFact]
    public async Task Where_control_groups_are_refused_a_step_runs_without_them()
    {
        await using var fixture = StepFixture.Create();
        var picky = fixture.MakeRuntimeWithoutCgroups();
        var warnings = new List<string>();
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = picky, Warning = warnings.Add });

        var outcome = await runner.RunAsync(fixture.Shell("echo x > /made"), new CallbackProgress(_ => { }));

        Assert.Equal(["f made"], StepFixture.Changes(outcome));
        Assert.Contains("no cgroup for you", Assert.Single(warnings));
    }

    [SkippableFact]
    public async Task A_disk_or_path_that_cannot_be_prepared_is_an_error()
    {
        await using var fixture = StepFixture.Create();
        Directory.CreateDirectory(Path.Combine(fixture.Base, "etc"));
        File.CreateSymbolicLink(Path.Combine(fixture.Base, "etc/hosts"), "hosts");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync("true"));

        Assert.Equal(ZLayerErrorKind.StorageWriteFailed, error.Kind);
        Assert.Contains("/etc/hosts", error.Message);
    }

    [SkippableFact]
    public async Task A_missing_runtime_is_an_error_that_names_the_package()
    {
        await using var fixture = StepFixture.Create();
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = "norun" });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runner.RunAsync(fixture.Shell("true"), new CallbackProgress(_ => { })));

        Assert.Equal(ZLayerErrorKind.BuilderUnavailable, error.Kind);
        Assert.Contains("norun", error.Message);
    }

    [SkippableFact]
    public async Task A_file_system_that_cannot_hold_changes_is_an_error_with_the_kernels_reason()
    {
        await using var fixture = StepFixture.Create();
        var request = fixture.Shell("true") with { LowerDirectories = [fixture.Base, Path.Combine(fixture.Directory, "gone")] };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(request));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("overlay", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(request.WorkDirectory));
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "what was waited for did not happen");
            await Task.Delay(20);
        }
    }

    private static int CountProcesses(string commandLine)
        => Directory.EnumerateDirectories("/proc").Count(process => Read($"{process}/cmdline").StartsWith(commandLine, StringComparison.Ordinal));

    private static int CountGroups(string prefix)
        => Directory.Exists("/sys/fs/cgroup")
            ? Directory.EnumerateDirectories("/sys/fs/cgroup", "zlayer", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
                .Sum(parent => Directory.EnumerateDirectories(parent, $"{prefix}*").Count())
            : 0;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private sealed class CallbackProgress(Action<StepOutput> callback) : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => callback(value);
    }
}
