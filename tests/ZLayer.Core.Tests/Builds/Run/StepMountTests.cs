using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class StepMountTests
{
    [SkippableFact]
    public async Task A_bind_mount_shows_a_directory_read_only()
    {
        await using var fixture = StepFixture.Create();
        var source = MakeSource(fixture);

        var result = await fixture.RunAsync(fixture.Shell("cat /src/a/file; echo x > /src/new || echo refused") with
        {
            Mounts = [new BindStepMount("/src") { Sources = [source] }],
        });

        Assert.Equal(["content", "refused"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Writes_to_a_bind_mount_are_discarded()
    {
        await using var fixture = StepFixture.Create();
        var source = MakeSource(fixture);

        var result = await fixture.RunAsync(fixture.Shell("echo more >> /src/file; rm /src/other; echo x > /src/new; cat /src/file; echo y > /one; cat /one") with
        {
            Mounts =
            [
                new BindStepMount("/src") { Sources = [source], SubPath = "a", ReadOnly = false },
                new BindStepMount("/one") { Sources = [Path.Combine(source, "a/file")], ReadOnly = false },
            ],
        });

        Assert.Equal(["content", "more", "y"], result.Output);
        Assert.Equal("content\n", File.ReadAllText(Path.Combine(source, "a/file")));
        Assert.True(File.Exists(Path.Combine(source, "a/other")));
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_bind_mount_of_stacked_layers_follows_links_inside_them()
    {
        await using var fixture = StepFixture.Create();
        var lower = fixture.MakeLayer("lower");
        var upper = fixture.MakeLayer("upper");
        Directory.CreateDirectory(Path.Combine(lower, "opt/real"));
        File.WriteAllText(Path.Combine(lower, "opt/real/low"), "low");
        Directory.CreateDirectory(Path.Combine(upper, "opt/real"));
        File.WriteAllText(Path.Combine(upper, "opt/real/high"), "high");
        File.CreateSymbolicLink(Path.Combine(upper, "link"), "/opt/real");

        var result = await fixture.RunAsync(fixture.Shell("ls /src; cat /file") with
        {
            Mounts =
            [
                new BindStepMount("/src") { Sources = [lower, upper], SubPath = "/link" },
                new BindStepMount("/file") { Sources = [lower, upper], SubPath = "link/low" },
            ],
        });

        Assert.Equal(["high", "low", "low"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_bind_mount_cannot_lead_out_of_its_source()
    {
        await using var fixture = StepFixture.Create();
        var source = MakeSource(fixture);
        File.CreateSymbolicLink(Path.Combine(source, "escape"), "/etc/shadow");
        File.CreateSymbolicLink(Path.Combine(source, "up"), "../../../../../etc/passwd");

        foreach (var path in (string[])["escape", "up", "missing", "a/file/below"])
        {
            var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("cat /x") with
            {
                Mounts = [new BindStepMount("/x") { Sources = [source], SubPath = path }],
            }));

            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
            Assert.Contains(path, error.Message);
        }
    }

    [SkippableFact]
    public async Task A_cache_mount_keeps_its_content_and_stays_out_of_the_layer()
    {
        await using var fixture = StepFixture.Create();
        var cache = fixture.MakeLayer("cache");
        await fixture.Runner.ChangeOwnerAsync(cache, 12, 34);
        File.SetUnixFileMode(cache, (UnixFileMode)0b111_101_000);

        Task<StepResult> RunWithCache(string script)
            => fixture.RunAsync(fixture.Shell(script) with { Mounts = [new CacheStepMount("/root/.cache/tool") { Directory = cache }] });

        var first = await RunWithCache("stat -c '%a %u:%g' /root/.cache/tool; echo 1 > /root/.cache/tool/f; chmod 700 /root/.cache/tool");
        var second = await RunWithCache("cat /root/.cache/tool/f; stat -c '%a' /root/.cache/tool");

        Assert.Equal(["750 12:34"], first.Output);
        Assert.Equal(["1", "700"], second.Output);
        Assert.Empty(StepFixture.Changes(first.Outcome));
        Assert.Empty(StepFixture.Changes(second.Outcome));
    }

    [SkippableFact]
    public async Task A_tmpfs_mount_is_empty_and_limited()
    {
        await using var fixture = StepFixture.Create();
        Directory.CreateDirectory(Path.Combine(fixture.Base, "tmp"));
        File.WriteAllText(Path.Combine(fixture.Base, "tmp/hidden"), "");

        var result = await fixture.RunAsync(fixture.Shell("ls /tmp; df -k /tmp | tail -1 | awk '{print $2}'; echo x > /tmp/y") with
        {
            Mounts = [new TmpfsStepMount("/tmp", 1 << 20)],
        });

        Assert.Equal(["1024"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_secret_has_its_mode_and_owner_and_any_content()
    {
        await using var fixture = StepFixture.Create();
        var binary = Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7)).ToArray();

        var result = await fixture.RunAsync(fixture.Shell("stat -c '%a %u:%g %s' /run/secrets/a /b /empty; sha256sum < /b; cat /run/secrets/a; cat") with
        {
            Mounts =
            [
                new SecretStepMount("/run/secrets/a") { Content = "pass'word\n"u8.ToArray() },
                new SecretStepMount("/b") { Content = binary, Mode = 0b110_100_000, Uid = 5, Gid = 6 },
                new SecretStepMount("/empty") { Content = ReadOnlyMemory<byte>.Empty },
            ],
            StandardInput = "stdin\n"u8.ToArray(),
        });

        var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(binary));
        Assert.Equal(["400 0:0 10", "640 5:6 200000", "400 0:0 0", $"{sum}  -", "pass'word", "stdin"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Content_with_execute_bits_can_be_executed_even_below_dev()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("") with
        {
            Mounts = [new SecretStepMount("/dev/pipes/EOF") { Content = "#!/bin/sh\necho from a script\n"u8.ToArray(), Mode = 0b111_101_101 }],
            Arguments = ["/dev/pipes/EOF"],
        });

        Assert.Equal(["from a script"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Secrets_reach_no_command_line_and_no_disk()
    {
        await using var fixture = StepFixture.Create();
        var secret = $"secret-{Guid.NewGuid():N}";
        var request = fixture.Shell("cat /run/secrets/a; echo $TOKEN > /dev/null; sleep 4.0417") with
        {
            Mounts = [new SecretStepMount("/run/secrets/a") { Content = Encoding.UTF8.GetBytes(secret) }],
            Environment = ["PATH=/bin", $"TOKEN={secret}"],
        };

        var running = fixture.RunAsync(request);
        string commandLines;
        do
        {
            await Task.Delay(50);
            commandLines = string.Concat(Directory.EnumerateDirectories("/proc").Select(ReadCommandLine));
        }
        while (!commandLines.Contains("sleep\04.0417", StringComparison.Ordinal) && !running.IsCompleted);

        var files = StepFixture.Output("grep", "-rl", secret, request.WorkDirectory);
        var result = await running;
        var after = StepFixture.Output("grep", "-rl", secret, fixture.Directory);

        Assert.Equal([secret], result.Output);
        Assert.Contains("sleep\04.0417", commandLines);
        Assert.DoesNotContain(secret, commandLines);
        Assert.Empty(files);
        Assert.Empty(after);
    }

    [SkippableFact]
    public async Task The_agents_socket_is_relayed_with_its_mode_and_owner()
    {
        await using var fixture = StepFixture.Create();
        var agentPath = Path.Combine(fixture.Directory, "agent");
        using var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        agent.Bind(new UnixDomainSocketEndPoint(agentPath));
        agent.Listen();
        var answering = AnswerAsync(agent);

        // busybox cannot speak to Unix sockets, so the step only looks; the relay is spoken to from here.
        var request = fixture.Shell("stat -c '%a %u:%g %F' $SSH_AUTH_SOCK; echo $SSH_AUTH_SOCK; sleep 2") with
        {
            Mounts = [new SshStepMount("/run/buildkit/ssh_agent.0") { AgentSocket = agentPath, Uid = 3, Gid = 4 }],
        };
        var running = fixture.RunAsync(request);
        var answer = await AskAsync(Path.Combine(request.WorkDirectory, "agent1"));
        var result = await running;

        Assert.Equal("PING!", answer);
        Assert.Equal(["600 3:4 socket", "/run/buildkit/ssh_agent.0"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
        agent.Dispose();
        await answering;
    }

    [SkippableFact]
    public async Task Deeper_mounts_come_after_shallower_ones()
    {
        await using var fixture = StepFixture.Create();
        var source = MakeSource(fixture);

        var result = await fixture.RunAsync(fixture.Shell("ls /m/b/file; ls /m; touch /m/x") with
        {
            Mounts = [new BindStepMount("/m/b") { Sources = [source], SubPath = "a" }, new TmpfsStepMount("/m")],
        });

        Assert.Equal(["/m/b/file", "b"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Mount_points_leave_no_trace_but_what_the_step_puts_beside_them_stays()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("echo x > /a/b/beside; chown -R 5:5 /a; rm -rf /c; echo y > /etc/own") with
        {
            Mounts = [new TmpfsStepMount("/a/b/c/d"), new TmpfsStepMount("/c/e")],
        });

        Assert.Equal(["d a", "d a/b", "d etc", "f a/b/beside", "f etc/own"], StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Mount_points_that_exist_are_not_touched()
    {
        await using var fixture = StepFixture.Create();
        var etc = Directory.CreateDirectory(Path.Combine(fixture.Base, "etc")).FullName;
        File.WriteAllText(Path.Combine(etc, "hosts"), "of the image");
        File.CreateSymbolicLink(Path.Combine(etc, "resolv.conf"), "/run/resolve/stub.conf");
        Directory.CreateDirectory(Path.Combine(fixture.Base, "mnt"));

        var result = await fixture.RunAsync(fixture.Shell("grep -c localhost /etc/hosts; test -s /etc/resolv.conf; readlink /etc/resolv.conf") with { Mounts = [new TmpfsStepMount("/mnt")] });

        Assert.Equal(["2", "/run/resolve/stub.conf"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task Mount_points_hidden_by_a_layer_leave_no_trace_either()
    {
        await using var fixture = StepFixture.Create();
        Directory.CreateDirectory(Path.Combine(fixture.Base, "etc"));
        File.WriteAllText(Path.Combine(fixture.Base, "etc/hosts"), "");
        var upper = fixture.MakeLayer("upper");
        Directory.CreateDirectory(Path.Combine(upper, "etc"));
        StepFixture.Output("mknod", Path.Combine(upper, "etc/hosts"), "c", "0", "0");
        StepFixture.Output("mknod", Path.Combine(upper, "proc"), "c", "0", "0");

        var result = await fixture.RunAsync(fixture.Shell("grep -c localhost /etc/hosts; ls -d /proc/1") with { LowerDirectories = [fixture.Base, upper] });

        Assert.Equal(["2", "/proc/1"], result.Output);
        Assert.Empty(StepFixture.Changes(result.Outcome));
    }

    [SkippableFact]
    public async Task A_device_of_the_machine_comes_with_its_node_variables_and_files()
    {
        await using var fixture = StepFixture.Create();
        var cdi = fixture.MakeLayer("cdi");
        var driver = Path.Combine(fixture.MakeLayer("driver"), "lib.so");
        File.WriteAllText(driver, "driver\n");
        File.WriteAllText(Path.Combine(cdi, "acme.json"), $$"""
            {"cdiVersion":"0.6.0","kind":"acme.com/gpu","devices":[{"name":"0","containerEdits":{
              "env":["ACME=0"],"deviceNodes":[{"path":"/dev/acme0","hostPath":"/dev/zero"}],
              "mounts":[{"hostPath":"{{driver}}","containerPath":"/usr/lib/acme/lib.so","options":["ro","bind"]} ] } } ] }
            """);
        await using var runner = new StepRunner(new StepRunnerOptions { CdiDirectories = [cdi] });
        var lines = new List<string>();

        var outcome = await runner.RunAsync(
            fixture.Shell("echo $ACME; cat /usr/lib/acme/lib.so; head -c 3 /dev/acme0 | wc -c") with { Devices = ["acme.com/gpu=0"] }, new LineProgress(lines));

        Assert.Equal(["0", "driver", "3"], lines);
        Assert.Empty(StepFixture.Changes(outcome));
    }

    [SkippableTheory]
    [InlineData("/")]
    [InlineData("relative")]
    public async Task A_target_must_be_absolute_and_below_the_root(string target)
    {
        await using var fixture = StepFixture.Create();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true") with { Mounts = [new TmpfsStepMount(target)] }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
    }

    private static string MakeSource(StepFixture fixture)
    {
        var source = fixture.MakeLayer("a source: with, odd\\ characters");
        Directory.CreateDirectory(Path.Combine(source, "a"));
        File.WriteAllText(Path.Combine(source, "a/file"), "content\n");
        File.WriteAllText(Path.Combine(source, "a/other"), "");
        return source;
    }

    private static string ReadCommandLine(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task AnswerAsync(Socket agent)
    {
        try
        {
            while (true)
            {
                using var client = await agent.AcceptAsync();
                var buffer = new byte[16];
                var count = await client.ReceiveAsync(buffer);
                await client.SendAsync(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(buffer, 0, count).ToUpperInvariant() + "!"));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private static async Task<string> AskAsync(string path)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(path) && watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(20);
        }

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await client.SendAsync("ping"u8.ToArray());
        var buffer = new byte[16];
        var count = await client.ReceiveAsync(buffer);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    private sealed class LineProgress(List<string> lines) : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => lines.Add(value.Line);
    }
}
