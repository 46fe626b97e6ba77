using System.Globalization;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>The command line, interrupted or killed in the middle of a build: nothing is left, and the next run reuses what was finished.</summary>
public sealed class InterruptedBuildTests
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_build_that_ends_during_a_step_leaves_no_process_mount_or_name(bool politely)
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var mark = string.Create(CultureInfo.InvariantCulture, $"{(politely ? 21 : 22)}{Environment.ProcessId}");
        const string Finished = "COPY a /a\nRUN echo finished > /finished\n";
        fixture.Write("a", "1");
        fixture.Write("Dockerfile", $"FROM {BuildFixture.Base}\n{Finished}RUN (trap '' INT TERM HUP; sleep {mark}) & trap '' INT TERM; sleep {mark}; true\n");
        int stopped;
        using (var build = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", "--network", "none", fixture.Context]))
        {
            stopped = build.Id;
            await build.UntilAsync(() => StepFaultTests.CountProcesses("sleep\0" + mark) == 2, "the step sleeps");
            await StopAsync(build, politely);
        }

        await UntilAsync(() => StepFaultTests.CountProcesses("sleep\0" + mark) == 0);
        await UntilAsync(() => !AllMounts().Contains(fixture.Engine.Layout.Root, StringComparison.Ordinal));
        Assert.Equal(0, StepFaultTests.CountProcesses(fixture.Engine.Layout.Root));
        Assert.Null(fixture.Engine.Images.Find("stopped:1"));
        if (politely)
        {
            StoreChecks.AssertTidy(fixture.Engine);
            Assert.Empty(ControlGroups(stopped));
        }
        else
        {
            // The group that keeps its steps off the machine's devices goes when a later builder finds it old.
            Assert.All(ControlGroups(stopped), group => Assert.EndsWith("-devices", group, StringComparison.Ordinal));
        }

        fixture.Write("Dockerfile", $"FROM {BuildFixture.Base}\n{Finished}RUN echo then > /then\n");
        using var next = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", "--network", "none", fixture.Context]);
        var again = await next.EndAsync();
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(2, again.Error.Split('\n').Count(l => l.Contains("CACHED", StringComparison.Ordinal)));
        await AssertPrunedTidyAsync(fixture, "stopped:1");
        Assert.Empty(ControlGroups(next.Id));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_build_that_ends_during_a_large_copy_leaves_nothing_half_written(bool politely)
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("first", "1");
        fixture.Write("large", "");
        SetLength(fixture, 2_000_000_000);
        fixture.Write("Dockerfile", "FROM scratch\nCOPY first /\nCOPY large /\n");
        using (var build = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", fixture.Context]))
        {
            await build.UntilAsync(() => IngestLength(fixture) > 50_000_000, "the copy is under way");
            await StopAsync(build, politely);
        }

        Assert.Null(fixture.Engine.Images.Find("stopped:1"));
        StoreChecks.AssertWhole(fixture.Engine);
        if (politely)
        {
            StoreChecks.AssertTidy(fixture.Engine);
        }

        SetLength(fixture, 1_000_000);
        var again = await CommandLine.RunAsync(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", fixture.Context]);
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(1, again.Error.Split('\n').Count(l => l.Contains("CACHED", StringComparison.Ordinal)));
        await AssertPrunedTidyAsync(fixture, "stopped:1");
    }

    [SkippableFact]
    public async Task Killing_builds_at_any_moment_leaves_a_store_that_works()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("Dockerfile", "FROM scratch AS a\nCOPY one /\nCOPY two /\nFROM a\nCOPY --from=a /one /again\nCOPY three /\nLABEL a=b\n");
        for (var round = 0; round < 12; round++)
        {
            foreach (var name in (string[])["one", "two", "three"])
            {
                fixture.Write(name, string.Concat(Enumerable.Repeat($"{name} {round} ", 200_000)));
            }

            using var build = CommandLine.Start(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", fixture.Context]);
            await Task.Delay(60 + (round * 25));
            build.Kill();
            await build.EndAsync();
            if (Directory.Exists(fixture.Engine.Layout.Blobs))
            {
                StoreChecks.AssertWhole(fixture.Engine);
            }
        }

        var last = await CommandLine.RunAsync(fixture.Engine.Layout.Root, ["build", "-t", "stopped:1", fixture.Context]);
        Assert.True(last.ExitCode == 0, last.Error);
        await AssertPrunedTidyAsync(fixture, "stopped:1");
    }

    private static async Task AssertPrunedTidyAsync(BuildFixture fixture, string name)
    {
        await fixture.Engine.PruneAsync(new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = true });
        StoreChecks.AssertTidy(fixture.Engine);
        StoreChecks.AssertWhole(fixture.Engine);
        Assert.NotNull(fixture.Engine.Images.Find(name));
    }

    private static async Task StopAsync(CommandLine build, bool politely)
    {
        if (politely)
        {
            build.Interrupt();
        }
        else
        {
            build.Kill();
        }

        var ended = await build.EndAsync();
        Assert.Equal(politely ? 130 : 137, ended.ExitCode);
        if (politely)
        {
            Assert.Contains("interrupted", ended.Error, StringComparison.Ordinal);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 400 && !condition(); i++)
        {
            await Task.Delay(25);
        }

        Assert.True(condition());
    }

    private static string AllMounts()
        => string.Concat(Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Select(d =>
        {
            try
            {
                return File.ReadAllText(d + "/mounts");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return ""; // It has just ended.
            }
        }).Distinct());

    // The control groups of the steps of a process. Their parent stays for all builds of the machine.
    private static IEnumerable<string> ControlGroups(int process)
        => !Directory.Exists("/sys/fs/cgroup")
            ? []
            : Directory.EnumerateDirectories("/sys/fs/cgroup", "zlayer", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true })
                .SelectMany(parent => Directory.EnumerateDirectories(parent, string.Create(CultureInfo.InvariantCulture, $"step-{process}-*")));

    // Not of zeros, which are one piece over and over.
    private static void SetLength(BuildFixture fixture, long length)
    {
        using var file = new FileStream(Path.Combine(fixture.Context, "large"), FileMode.Open);
        file.SetLength(length);
        for (long place = 0; place < length; place += 1 << 20)
        {
            file.Position = place;
            file.Write(BitConverter.GetBytes(place));
        }
    }

    private static long IngestLength(BuildFixture fixture) => Waiting.LengthBelow(fixture.Engine.Layout.Ingest);
}
