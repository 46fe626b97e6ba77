using System.Security.Cryptography;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli.Containers;

public sealed class RunCommandTests(DockerEngineFixture docker) : ContainerCliTest(docker)
{
    [SkippableFact]
    public void Output_and_errors_keep_to_their_streams()
    {
        var result = RunIn([], "sh", "-c", "echo out; echo err >&2");

        Assert.Equal(("out\n", "err\n", 0), (result.Output, result.Error, result.ExitCode));
    }

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    [InlineData("sh -c 'kill -9 $$'; exit $?", 137)]
    public void Exit_code_is_that_of_the_container(string script, int expected)
        => Assert.Equal(expected, RunIn([], "sh", "-c", script).ExitCode);

    [SkippableTheory]
    [InlineData("no-such-program", 127)]
    [InlineData("/no/such/program", 127)]
    [InlineData("/etc/passwd", 126)]
    [InlineData("/etc", 126)]
    public void Program_that_cannot_be_started_is_told_as_shells_do(string program, int expected)
    {
        var result = RunIn([], program);

        Assert.Equal(expected, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(program, result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Container_that_removes_itself_is_gone_when_its_start_fails()
    {
        var name = NewName();

        Assert.Equal(127, Cli.Run("run", "--rm", "--name", name, "--network", "none", Image, "no-such-program").ExitCode);

        Assert.Empty(await AskDockerAsync("ps", "-aq", "--filter", $"name={name}"));
    }

    [SkippableFact]
    public void Engine_errors_are_125()
    {
        Assert.Equal(125, RunIn(["--network", "no-such-network"], "true").ExitCode);
        Assert.Equal(125, Cli.Run("run", "--pull", "never", "no/such:image").ExitCode);
        Assert.Equal(125, Cli.Run("run", "--runtime", "nonesuch", Image).ExitCode);

        Cli.Environment["DOCKER_HOST"] = "unix:///no/such/socket";
        var absent = Cli.Run("run", Image);
        Assert.Equal(125, absent.ExitCode);
        Assert.Contains("advice: ", absent.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Image_that_only_the_store_has_is_sent_to_the_engine()
    {
        var image = $"zlayer-test/{NewName()}:1";
        await AskDockerAsync("save", "-o", Path.Combine(Cli.Directory, "image.tar"), Image);
        Cli.Run("load", "image.tar").Succeeded();
        Cli.Run("tag", Image, image).Succeeded();
        try
        {
            Assert.Equal(125, Cli.Run("run", "--rm", "--network", "none", "--pull", "never", image, "true").ExitCode);

            var sent = Cli.Run("run", "--rm", "--network", "none", image, "echo", "sent");
            Assert.Equal(("sent\n", 0), (sent.Output, sent.ExitCode));
            Assert.Contains("sending it from ZLayer's own store", sent.Error, StringComparison.Ordinal);
            Assert.Equal(await AskDockerAsync("image", "inspect", "-f", "{{.Id}}", Image), await AskDockerAsync("image", "inspect", "-f", "{{.Id}}", image));
            Assert.Equal("", Cli.Run("run", "--rm", "--network", "none", image, "true").Succeeded().Error);

            await AskDockerAsync("rmi", "-f", image);
            var quiet = Cli.Run("run", "-q", "--rm", "--network", "none", image, "echo", "sent").Succeeded();
            Assert.Equal(("sent\n", ""), (quiet.Output, quiet.Error));
            await AskDockerAsync("rmi", "-f", image);
            Assert.Equal("", Cli.Run("create", "--quiet", "--name", NewName(), "--network", "none", image, "true").Succeeded().Error);
        }
        finally
        {
            await AskDockerAsync("rmi", "-f", image);
        }
    }

    [SkippableFact]
    public async Task Network_is_described_in_fields()
    {
        var name = NewName();
        var created = Cli.Run("create", "--name", name, "--network", "name=none,mac-address=02:42:ac:11:00:09", Image);
        Assert.Equal(0, created.ExitCode);
        Assert.Equal("none", await AskDockerAsync("inspect", "-f", "{{.HostConfig.NetworkMode}}", name));

        var wrong = Cli.Run("run", "--network", "name=none,color=red", Image);
        Assert.Equal(125, wrong.ExitCode);
        Assert.Contains("there is no field 'color'", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(125, Cli.Run("run", "--network", "name=mine,alias=a", "--network-alias", "b", Image).ExitCode);
    }

    [SkippableFact]
    public async Task Fifty_megabytes_go_in_and_out_without_a_changed_byte()
    {
        var content = new byte[50 << 20];
        new Random(3).NextBytes(content);
        using var process = Cli.Start("run", "-i", "--rm", "--network", "none", Image, "cat");

        var writing = Task.Run(async () =>
        {
            await process.StandardInput.BaseStream.WriteAsync(content);
            process.StandardInput.Close();
        });
        var hash = await SHA256.HashDataAsync(process.StandardOutput.BaseStream);
        await writing;
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), Convert.ToHexString(hash));
    }

    [SkippableFact]
    public void Input_that_the_container_does_not_read_is_no_failure()
    {
        using var process = Cli.Start("/bin/sh", ["-c", "head -c 1000000 /dev/zero 2>/dev/null | \"$0\" run -i --rm --network none \"$1\" true", CliProcess.Program, Image]);

        var result = CliProcess.Finish(process);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [SkippableFact]
    public void Without_interactive_the_container_gets_no_input()
        => Assert.Equal("0\n", Cli.Run("unheard", ["run", "--rm", "--network", "none", Image, "wc", "-c"]).Succeeded().Output);

    [SkippableFact]
    public async Task Reader_that_goes_away_ends_the_command()
    {
        var name = NewName();
        using var process = Cli.Start("/bin/sh", ["-c", "\"$0\" run --name \"$1\" --network none \"$2\" yes | head -n 1; echo rest", CliProcess.Program, name, Image]);
        process.StandardInput.Close();

        var result = CliProcess.Finish(process);

        Assert.Equal(("y\nrest\n", ""), (result.Output, result.Error));
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
    }

    [SkippableTheory]
    [InlineData("TERM", 5)]
    [InlineData("INT", 6)]
    [InlineData("HUP", 7)]
    [InlineData("USR1", 8)]
    public void Signals_are_the_containers_own(string signal, int exitCode)
    {
        using var process = StartForeground(NewName(), Image, "sh", "-c", "trap 'exit 5' TERM; trap 'exit 6' INT; trap 'exit 7' HUP; trap 'exit 8' USR1; echo ready; while :; do sleep 0.1; done");

        Send(process, signal);

        Assert.Equal(exitCode, CliProcess.Finish(process).ExitCode);
    }

    [SkippableFact]
    public void Signals_are_the_containers_own_with_a_terminal_too()
    {
        using var process = StartForeground(NewName(), "-t", Image, "sh", "-c", "trap 'exit 6' INT; echo ready; while :; do sleep 0.1; done");

        Send(process, "INT");

        Assert.Equal(6, CliProcess.Finish(process).ExitCode);
    }

    [SkippableFact]
    public async Task Container_that_ignores_signals_is_left_alone_after_the_third()
    {
        var name = NewName();
        using var process = StartForeground(name, Image, "sh", "-c", "trap '' TERM INT; echo ready; sleep 1000");

        Send(process, "INT");
        Send(process, "TERM");
        Send(process, "INT");

        CliProcess.Finish(process);
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
    }

    [SkippableFact]
    public async Task Signals_end_the_command_alone_when_they_are_not_forwarded()
    {
        var name = NewName();
        using var process = StartForeground(name, "--sig-proxy=false", Image, "sh", "-c", "echo ready; sleep 1000");

        Send(process, "TERM");

        Assert.Equal(143, CliProcess.Finish(process).ExitCode);
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
    }

    [SkippableFact]
    public async Task Container_killed_from_outside_ends_the_command()
    {
        var name = NewName();
        using var process = StartForeground(name, Image, "sh", "-c", "echo ready; sleep 1000");

        await AskDockerAsync("kill", name);

        Assert.Equal(137, CliProcess.Finish(process).ExitCode);
    }

    [SkippableFact]
    public async Task Settings_of_the_command_line_reach_the_container()
    {
        var name = NewName();
        Cli.Write("variables", "# a comment\nFROM_FILE=1\nBOTH=file\n");
        Cli.Write("shared/file", "content");
        Cli.Run(
            "create", "--name", name, "--network", "none", "--env-file", "variables", "-e", "BOTH=option", "-l", "a=b", "-w", "/tmp", "-u", "user", "-h", "host",
            "-m", "64m", "--cpus", "0.5", "--pids-limit", "20", "--read-only", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--security-opt", "no-new-privileges",
            "--ulimit", "nofile=64:128", "--sysctl", "net.ipv4.ip_forward=1", "--shm-size", "8m", "--tmpfs", "/scratch:size=1m", "-v", "./shared:/shared:ro",
            "--restart", "on-failure:3", "--stop-signal", "INT", "--stop-timeout", "4", "--health-cmd", "true", "--health-interval", "9s", "--init", "--log-opt", "max-size=1m",
            Image, "sh", "-c", "true").Succeeded();

        async Task<string> Ask(string format) => await AskDockerAsync("inspect", "-f", format, name);
        Assert.Contains("FROM_FILE=1", await Ask("{{.Config.Env}}"), StringComparison.Ordinal);
        Assert.Contains("BOTH=option", await Ask("{{.Config.Env}}"), StringComparison.Ordinal);
        Assert.Equal("b /tmp user host SIGINT 4", await Ask("{{.Config.Labels.a}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.Hostname}} {{.Config.StopSignal}} {{.Config.StopTimeout}}"));
        Assert.Equal("67108864 500000000 20 true [ALL] true 8388608", await Ask("{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Init}} {{.HostConfig.ShmSize}}"));
        Assert.Contains("NET_ADMIN", await Ask("{{.HostConfig.CapAdd}}"), StringComparison.Ordinal);
        Assert.Equal("on-failure 3", await Ask("{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}"));
        Assert.Equal("[CMD-SHELL true] 9s", await Ask("{{.Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}}"));
        Assert.Contains("/shared", await Ask("{{json .Mounts}}{{json .HostConfig.Binds}}{{json .HostConfig.Mounts}}"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Annotations_and_limits_on_devices_reach_the_container()
    {
        var name = NewName();
        var created = Cli.Run(
            "create", "--name", name, "--network", "none", "--annotation", "com.example.a=b=c", "--annotation", "empty", "--device-read-bps", "/dev/loop0:1mb",
            "--device-read-bps", "/dev/loop1:512", "--device-write-bps", "/dev/loop0:2gb", "--device-read-iops", "/dev/loop0:100", "--device-write-iops", "/dev/loop0:200",
            "--blkio-weight-device", "/dev/loop0:300", Image, "true");
        Skip.If(created.Error.Contains("Annotations needs version", StringComparison.Ordinal), "the engine knows no annotations");
        created.Succeeded();

        // A limit that the kernel does not have is left out with a warning that names it.
        async Task Has(string limit, string member, string warning)
        {
            if (!created.Error.Contains(warning, StringComparison.OrdinalIgnoreCase))
            {
                Assert.Equal(limit, await AskDockerAsync("inspect", "-f", $"{{{{json .HostConfig.{member}}}}}", name));
            }
        }

        Assert.Equal("""{"com.example.a":"b=c","empty":""}""", await AskDockerAsync("inspect", "-f", "{{json .HostConfig.Annotations}}", name));
        await Has("""[{"Path":"/dev/loop0","Rate":1048576},{"Path":"/dev/loop1","Rate":512}]""", "BlkioDeviceReadBps", "BPS Block I/O read limit");
        await Has("""[{"Path":"/dev/loop0","Rate":2147483648}]""", "BlkioDeviceWriteBps", "BPS Block I/O write limit");
        await Has("""[{"Path":"/dev/loop0","Rate":100}]""", "BlkioDeviceReadIOps", "IOPS Block read limit");
        await Has("""[{"Path":"/dev/loop0","Rate":200}]""", "BlkioDeviceWriteIOps", "IOPS Block write limit");
        await Has("""[{"Path":"/dev/loop0","Weight":300}]""", "BlkioWeightDevice", "weight_device");
    }

    [SkippableFact]
    public async Task Streams_to_attach_to_are_said_when_a_container_is_made()
    {
        var (all, output) = (NewName(), NewName());
        Cli.Run("create", "-i", "--name", all, "--network", "none", Image, "cat").Succeeded();
        Cli.Run("create", "-i", "-a", "stdout", "--name", output, "--network", "none", Image, "cat").Succeeded();

        Assert.Equal("true true\ntrue false", await AskDockerAsync("inspect", "-f", "{{.Config.OpenStdin}} {{.Config.StdinOnce}}", all, output));
        var wrong = Cli.Run("create", "-a", "bogus", Image);
        Assert.Equal((2, "error: --attach bogus: expected stdin, stdout or stderr."), (wrong.ExitCode, wrong.Error.Split('\n')[0]));
    }

    [SkippableFact]
    public async Task Id_goes_to_standard_output_and_the_id_file()
    {
        var name = NewName();

        var id = Cli.Run("run", "-d", "--name", name, "--network", "none", "--cidfile", "id", Image, "true").Succeeded().Output;

        Assert.Equal(await AskDockerAsync("inspect", "-f", "{{.Id}}", name), id.TrimEnd());
        Assert.Equal(id.TrimEnd(), File.ReadAllText(Path.Combine(Cli.Directory, "id")));
        Assert.Equal(125, Cli.Run("run", "-d", "--network", "none", "--cidfile", "id", Image, "true").ExitCode);
    }

    [SkippableFact]
    public void Id_file_of_a_container_that_was_not_made_is_not_left()
    {
        Assert.Equal(125, Cli.Run("run", "--cidfile", "id", "--pull", "never", "no/such:image").ExitCode);

        Assert.False(File.Exists(Path.Combine(Cli.Directory, "id")));
    }

    [SkippableFact]
    public void Container_that_was_made_is_started_with_its_input_and_output()
    {
        var name = NewName();
        Cli.Run("create", "-i", "--name", name, "--network", "none", Image, "sh", "-c", "read line; echo got $line; exit 3").Succeeded();

        var result = Cli.Run("text\n", ["start", "-a", "-i", name]);

        Assert.Equal((3, "got text\n"), (result.ExitCode, result.Output));
    }

    [SkippableFact]
    public void Container_that_removes_itself_is_gone_when_it_was_started_in_the_foreground()
    {
        var name = NewName();
        for (var i = 0; i < 5; i++)
        {
            Cli.Run("create", "--rm", "--name", name, "--network", "none", Image, "sh", "-c", "exit 3").Succeeded();

            Assert.Equal(3, Cli.Run("start", "-a", name).ExitCode);
        }
    }

    [SkippableFact]
    public async Task Attached_command_sees_what_is_written_from_then_on()
    {
        var name = NewName();
        Cli.Run("create", "-i", "--name", name, "--network", "none", Image, "sh", "-c", "while read line; do echo got $line; done; exit 4").Succeeded();
        Cli.Run("start", name).Succeeded();

        var result = Cli.Run("one\ntwo\n", ["attach", name]);

        Assert.Equal((4, "got one\ngot two\n"), (result.ExitCode, result.Output));
        Assert.Equal("false", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
        Assert.Equal(1, Cli.Run("attach", name).ExitCode);
    }

    [SkippableFact]
    public void Terminal_cannot_be_had_of_a_pipe()
    {
        var result = RunIn(["-it"], "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Contains("needs an interactive terminal", result.Error, StringComparison.Ordinal);
    }
}
