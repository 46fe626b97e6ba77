using ZLayer.Core.Builds.Run;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class StepRunnerTests
{
    [SkippableFact]
    public async Task A_step_prints_returns_and_leaves_its_changes_only()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync("echo hello; echo oops >&2; mkdir -p /srv/a; echo x > /srv/a/b; exit 3");

        Assert.Equal(["hello"], result.Output);
        Assert.Equal(["oops"], result.Errors);
        Assert.Equal(3, result.Outcome.ExitCode);
        Assert.Null(result.Outcome.Signal);
        Assert.Equal(["d srv", "d srv/a", "f srv/a/b"], StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_step_that_changes_nothing_leaves_nothing()
    {
        await using var fixture = StepFixture.Create();

        var request = fixture.Shell("cat /etc/resolv.conf /etc/hosts >/dev/null");
        var result = await fixture.RunAsync(request);

        Assert.Equal(0, result.Outcome.ExitCode);
        Assert.Empty(result.Errors);
        Assert.Empty(StepFixture.Changes(result.Outcome));
        Assert.Equal(["upper"], Directory.EnumerateFileSystemEntries(request.WorkDirectory).Select(Path.GetFileName));
    }

    [SkippableTheory]
    [InlineData("kill -TERM $$; sleep 1", 143, 15)]
    [InlineData("sh -c 'kill -KILL $$'", 137, 9)]
    [InlineData("exit 255", 255, null)]
    public async Task Exit_codes_follow_the_shells_convention(string script, int exitCode, int? signal)
    {
        await using var fixture = StepFixture.Create();

        // The first process of a PID namespace ignores signals that it has no handler for, so the shell is its child.
        var result = await fixture.RunAsync($"sh -c '{script.Replace("'", "'\\''")}'; exit $?");

        Assert.Equal(exitCode, result.Outcome.ExitCode);
        Assert.Equal(signal, result.Outcome.Signal);
    }

    [SkippableTheory]
    [InlineData("/bin/nothing", 127)]
    [InlineData("nothing", 127)]
    [InlineData("/plain", 126)]
    public async Task A_program_that_cannot_be_executed_is_the_steps_failure(string program, int exitCode)
    {
        await using var fixture = StepFixture.Create();
        File.WriteAllText(Path.Combine(fixture.Base, "plain"), "text");

        var result = await fixture.RunAsync(fixture.Shell("") with { Arguments = [program] });

        Assert.Equal(exitCode, result.Outcome.ExitCode);
        Assert.Contains(program, result.Errors[^1]);
    }

    [SkippableFact]
    public async Task The_environment_is_exactly_what_is_given_and_HOME()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("env | grep -v -e ^PWD= -e ^SHLVL= | sort") with { Environment = ["PATH=/bin", "A=1 2", "B='\"$x"] });

        Assert.Equal(["A=1 2", "B='\"$x", "HOME=/", "PATH=/bin"], result.Output);
    }

    [SkippableFact]
    public async Task Standard_input_is_passed_and_is_empty_otherwise()
    {
        await using var fixture = StepFixture.Create();

        var given = await fixture.RunAsync(fixture.Shell("cat; echo end") with { StandardInput = "a\nb\n"u8.ToArray() });
        var empty = await fixture.RunAsync("cat; echo end");
        var large = await fixture.RunAsync(fixture.Shell("wc -c") with { StandardInput = new byte[3_000_000] });

        Assert.Equal(["a", "b", "end"], given.Output);
        Assert.Equal(["end"], empty.Output);
        Assert.Equal(["3000000"], large.Output);
    }

    [SkippableFact]
    public async Task A_missing_working_directory_is_made_for_the_user()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("pwd; stat -c '%u:%g %a' .") with { WorkingDirectory = "/made/here", User = "7:8" });

        Assert.Equal(["/made/here", "7:8 755"], result.Output);
        Assert.Equal(["d made", "d made/here"], StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Users_and_groups_come_from_the_image()
    {
        await using var fixture = StepFixture.Create();
        var etc = Directory.CreateDirectory(Path.Combine(fixture.Base, "etc")).FullName;
        File.WriteAllText(Path.Combine(etc, "passwd"), "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/srv/web:/bin/sh\n");
        File.WriteAllText(Path.Combine(etc, "group"), "root:x:0:root\nweb:x:34:\nlog:x:35:root,web\naudio:x:36:web\n");

        async Task<string> IdOf(string user) => (await fixture.RunAsync(fixture.Shell("echo $(id -u):$(id -g) $(id -G) $HOME") with { User = user })).Output[0];

        Assert.Equal("0:0 0 35 /root", await IdOf(""));
        Assert.Equal("0:0 0 35 /root", await IdOf("root"));
        Assert.Equal("33:34 34 35 36 /srv/web", await IdOf("web"));
        Assert.Equal("33:34 34 35 36 /srv/web", await IdOf("33"));
        Assert.Equal("33:36 36 /srv/web", await IdOf("web:audio"));
        Assert.Equal("1234:0 0 /", await IdOf("1234"));
        Assert.Equal("1234:5678 5678 /", await IdOf("1234:5678"));
    }

    [SkippableFact]
    public async Task An_unknown_user_is_an_error()
    {
        await using var fixture = StepFixture.Create();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true") with { User = "nobody-here" }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("nobody-here", error.Message);
    }

    [SkippableFact]
    public async Task Removed_files_are_whiteouts_and_whiteouts_are_honoured()
    {
        await using var fixture = StepFixture.Create();
        var middle = fixture.MakeLayer("middle");
        Directory.CreateDirectory(Path.Combine(fixture.Base, "data"));
        File.WriteAllText(Path.Combine(fixture.Base, "data/old"), "old");
        File.WriteAllText(Path.Combine(fixture.Base, "data/kept"), "kept");
        Directory.CreateDirectory(Path.Combine(middle, "data"));
        StepFixture.Output("mknod", Path.Combine(middle, "data/old"), "c", "0", "0");

        var result = await fixture.RunAsync(fixture.Shell("ls /data; rm /data/kept") with { LowerDirectories = [fixture.Base, middle] });

        Assert.Equal(["kept"], result.Output);
        Assert.Equal(["c data/kept", "d data"], StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_hundred_and_twenty_seven_layers_stack()
    {
        await using var fixture = StepFixture.Create();
        var layers = new List<string> { fixture.Base };
        for (var i = 1; i < 127; i++)
        {
            var layer = fixture.MakeLayer($"a-layer-with-quite-a-long-name-because-names-are-digests-{i:D64}");
            File.WriteAllText(Path.Combine(layer, $"file{i}"), "");
            File.WriteAllText(Path.Combine(layer, "top"), $"{i}");
            layers.Add(layer);
        }

        var result = await fixture.RunAsync(fixture.Shell("ls -d /file* | wc -l; cat /top") with { LowerDirectories = layers });

        Assert.Equal(["126", "126"], result.Output);
    }

    [SkippableFact]
    public async Task A_step_without_layers_has_an_empty_root()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("") with
        {
            LowerDirectories = [],
            Mounts = [new BindStepMount("/tools") { Sources = [Path.Combine(fixture.Base, "bin")] }],
            Arguments = ["/tools/busybox", "touch", "/made"],
        });

        Assert.Equal(0, result.Outcome.ExitCode);
        Assert.Equal(["f made"], StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Capabilities_are_those_of_Docker()
    {
        await using var fixture = StepFixture.Create();
        const string script = "grep -E '^(CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status | tr -s '\\t' ' '";

        var root = await fixture.RunAsync(script);
        var user = await fixture.RunAsync(fixture.Shell(script) with { User = "1000" });

        Assert.Equal(["CapEff: 00000000a80425fb", "CapBnd: 00000000a80425fb", "CapAmb: 0000000000000000", "NoNewPrivs: 0"], root.Output);
        Assert.Equal(["CapEff: 0000000000000000", "CapBnd: 00000000a80425fb", "CapAmb: 0000000000000000", "NoNewPrivs: 0"], user.Output);
    }

    [SkippableFact]
    public async Task Kernel_files_are_masked_or_read_only_and_insecure_steps_have_them()
    {
        await using var fixture = StepFixture.Create();
        const string script = "wc -c < /proc/keys; (echo 1 > /proc/sys/kernel/printk) 2>/dev/null && echo writable || echo read-only; touch /sys/x 2>&1 | grep -o 'Read-only' ";

        var normal = await fixture.RunAsync(script);
        var insecure = await fixture.RunAsync(fixture.Shell("grep CapEff /proc/self/status | cut -c 8-; mkdir /mnt; mount -t tmpfs tmpfs /mnt && echo mounted; grep Seccomp: /proc/self/status | tr -dc 0-9") with { Insecure = true });

        Assert.Equal(["0", "read-only", "Read-only"], normal.Output);
        Assert.NotEqual("00000000a80425fb", insecure.Output[0].Trim());
        Assert.Equal(["mounted", "0"], insecure.Output.Skip(1));
    }

    [SkippableFact]
    public async Task The_machines_system_call_filter_is_applied()
    {
        await using var fixture = StepFixture.Create();
        Skip.IfNot(File.Exists("/usr/share/containers/seccomp.json") || File.Exists("/etc/containers/seccomp.json"), "the machine has no profile");

        var result = await fixture.RunAsync("grep Seccomp: /proc/self/status | tr -dc 0-9");

        Assert.Equal(["2"], result.Output);
    }

    [SkippableFact]
    public async Task Devices_of_the_machine_cannot_be_used()
    {
        await using var fixture = StepFixture.Create();
        Skip.IfNot(Directory.Exists("/sys/fs/cgroup"), "needs control groups");

        var result = await fixture.RunAsync("mknod /dev/mem0 c 1 1 && (head -c 1 /dev/mem0 2>&1 >/dev/null); head -c 1 /dev/zero | wc -c; ls /dev | sort | tr '\\n' ' '");

        Assert.Contains("not permitted", result.Output[0]);
        Assert.Equal("1", result.Output[1]);
        Assert.Contains("fd full mem0 mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero", result.Output[2].Replace("core ", ""));
    }

    [SkippableFact]
    public async Task Shared_memory_and_limits_are_set_when_given()
    {
        await using var fixture = StepFixture.Create();

        var normal = await fixture.RunAsync("df -k /dev/shm | tail -1 | awk '{print $2}'; hostname");
        var given = await fixture.RunAsync(fixture.Shell("df -k /dev/shm | tail -1 | awk '{print $2}'; ulimit -Sn; ulimit -Hn; hostname; grep special /etc/hosts") with
        {
            ShmSize = 1 << 20,
            Ulimits = [ZLayer.Core.Runtimes.Ulimit.Parse("nofile=100:200")],
            Hostname = "elsewhere",
            ExtraHosts = [("special", "10.9.8.7")],
        });

        Assert.Equal(["65536", "buildkitsandbox"], normal.Output);
        Assert.Equal(["1024", "100", "200", "elsewhere", "10.9.8.7\tspecial"], given.Output);
    }

    [SkippableFact]
    public async Task Memory_limits_reach_the_control_group()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null") with
        {
            Limits = new ZLayer.Core.Runtimes.ResourceLimits { Memory = 128 << 20 },
        });

        Assert.Equal(["134217728"], result.Output);
    }
}
