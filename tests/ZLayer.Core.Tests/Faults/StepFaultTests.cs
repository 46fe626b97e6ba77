using System.Globalization;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>RUN steps that fail, shout, linger or fill the disk.</summary>
public sealed class StepFaultTests
{
    private static readonly BuildOptions NoNetwork = new() { Network = BuildNetwork.None };

    [SkippableFact]
    public async Task A_step_that_fails_tells_its_exit_code_and_last_lines_and_leaves_what_came_before()
    {
        await using var fixture = Create();
        const string Good = "RUN echo kept > /kept\n";
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\n{Good}RUN exec 2>&1; seq 1 500; echo bad news >&2; exit 7\n", NoNetwork));
        Assert.Equal((ZLayerErrorKind.BuildStepFailed, 7), (error.Kind, error.ExitCode));
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("Dockerfile:3", error.Message, StringComparison.Ordinal);
        Assert.Contains("bad news", error.Details);
        Assert.Contains("500", error.Details);
        Assert.DoesNotContain("100", error.Details);
        Assert.IsType<BuildFailed>(fixture.Events[^1]);
        StoreChecks.AssertTidy(fixture.Engine);

        var result = await fixture.BuildAsync($"FROM {BuildFixture.Base}\n{Good}", NoNetwork);
        Assert.Equal(1, result.CacheHits);
    }

    [SkippableFact]
    public async Task Ten_megabytes_on_one_line_are_cut_in_parts_and_lose_nothing()
    {
        await using var fixture = Create();
        await fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN head -c 10485760 /dev/zero | busybox tr '\\000' x; echo; echo end\n", NoNetwork);
        var lines = fixture.Events.OfType<InstructionOutput>().ToList();
        Assert.Equal("end", lines[^1].Line);
        Assert.Equal(10 * 1024 * 1024, lines.Sum(l => (long)l.Line.Length) - 3);
        Assert.All(lines, l => Assert.InRange(l.Line.Length, 0, 1 << 20));
    }

    [SkippableFact]
    public async Task A_long_line_before_a_failure_does_not_fill_the_error()
    {
        await using var fixture = Create();
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN head -c 2097152 /dev/zero | busybox tr '\\000' x; echo; echo why; exit 1\n", NoNetwork));
        Assert.Contains("why", error.Details);
        Assert.InRange(error.Details.Sum(d => d.Length), 1, 200_000);
    }

    [SkippableFact]
    public async Task Output_that_is_no_text_does_not_stop_the_build()
    {
        await using var fixture = Create();
        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN head -c 300000 /dev/urandom; head -c 1000 /dev/zero; printf '\\xff\\xfe\\x1b[2J\\r\\n'; echo > /done\n", NoNetwork);
        Assert.Contains("done", fixture.Files(result));
    }

    [SkippableFact]
    public async Task A_daemon_that_a_step_leaves_behind_ends_with_it()
    {
        await using var fixture = Create();
        var mark = "31" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var build = fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN (trap '' HUP TERM INT; sleep {mark}) & (trap '' HUP; exec sleep {mark} >/dev/null 2>&1 </dev/null) & echo started > /started\n", NoNetwork);
        var result = await build.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("started", fixture.Files(result));
        Assert.Equal(0, CountProcesses("sleep\0" + mark));
        StoreChecks.AssertTidy(fixture.Engine);
    }

    [SkippableFact]
    public async Task A_step_that_fills_the_disk_fails_and_gives_the_space_back()
    {
        await using var fixture = Create();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 24);
        await using var engine = fixture.CreateEngine("disk/root");
        BuildFixture.AddBase(engine);
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN dd if=/dev/zero of=/big bs=65536 count=4096\n", NoNetwork, engine));
        Assert.True(error.Kind is ZLayerErrorKind.BuildStepFailed or ZLayerErrorKind.StorageFull, error.ToString());
        Assert.Contains("space", error.Message + string.Concat(error.Details), StringComparison.OrdinalIgnoreCase);
        StoreChecks.AssertTidy(engine);
        StoreChecks.AssertWhole(engine);

        var result = await fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN dd if=/dev/zero of=/small bs=65536 count=16\n", NoNetwork, engine);
        Assert.Contains("small", fixture.Files(result, engine));
    }

    [SkippableFact]
    public async Task A_step_whose_layer_does_not_fit_beside_its_files_is_StorageFull()
    {
        await using var fixture = Create();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 32);
        await using var engine = fixture.CreateEngine("disk/root");
        BuildFixture.AddBase(engine);
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN dd if=/dev/urandom of=/big bs=65536 count=256\n", NoNetwork, engine));
        Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
        StoreChecks.AssertTidy(engine);
        StoreChecks.AssertWhole(engine);
    }

    [SkippableFact]
    public async Task More_layers_than_a_mount_takes_can_be_built_upon()
    {
        await using var fixture = Create();
        var text = new System.Text.StringBuilder($"FROM {BuildFixture.Base}\n");
        for (var i = 0; i < 200; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"COPY <<EOF /many/{i}\nlayer {i}\nEOF\n");
        }

        text.Append("RUN ls /many | wc -l > /count && cat /many/0 /many/199 > /ends\n");
        var result = await fixture.BuildAsync(text.ToString(), NoNetwork);
        var files = fixture.Merged(result);
        Assert.Equal(202, result.LayerCount);
        Assert.Equal("200", files["count"].Content.Trim());
        Assert.Equal("layer 0\nlayer 199\n", files["ends"].Content);
    }

    internal static int CountProcesses(string text)
        => Directory.EnumerateDirectories("/proc").Count(d =>
        {
            try
            {
                return char.IsAsciiDigit(Path.GetFileName(d)[0]) && File.ReadAllText(d + "/cmdline").Contains(text, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // It has just ended.
            }
        });

    private static BuildFixture Create()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        return fixture;
    }
}
