using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli.Containers;

public sealed class ContainerCommandTests(DockerEngineFixture docker) : ContainerCliTest(docker)
{
    [SkippableFact]
    public async Task Lists_show_what_docker_shows()
    {
        var name = StartSleeper("-l", "purpose=lists");
        Cli.Run("run", "--name", NewName(), "-l", "purpose=lists", "--network", "none", Image, "sh", "-c", "exit 3");

        foreach (var arguments in (string[][])[["ps", "-a"], ["ps"], ["ps", "-aq"], ["ps", "-a", "--no-trunc"], ["ps", "-q", "--no-trunc"], ["ps", "-a", "--filter", "status=exited"]])
        {
            string[] filtered = [.. arguments, "--filter", "label=purpose=lists"];
            Assert.Equal(Columns(await AskDockerAsync(filtered)), Columns(Cli.Run(filtered).Succeeded().Output));
        }

        var json = JsonNode.Parse(Cli.Run("ps", "-a", "--filter", $"name={name}", "--format", "json").Succeeded().Output)!.AsArray();
        Assert.Equal((name, "running"), ((string?)json[0]!["name"], (string?)json[0]!["state"]));
    }

    [SkippableFact]
    public async Task Filters_choose_what_docker_chooses()
    {
        var name = StartSleeper("-l", "purpose=filters", "-v", "/volume");
        var (first, ended) = (NewName(), $"{name}-ended");
        Cli.Run("create", "--name", first, "-l", "purpose=filters", "--network", "none", Image, "true").Succeeded();
        Cli.Run("run", "--name", ended, "-l", "purpose=filters", "--network", "none", Image, "sh", "-c", "exit 3");
        var id = await AskDockerAsync("inspect", "-f", "{{.Id}}", name);

        foreach (var filters in (string[][])
            [
                [$"name={name}"], [$"name={name[3..]}"], [$"name=^{name}$"], [$"name={name}", $"name={first}"], [$"id={id[..6]}"],
                [$"name={name}", $"id={id[..6]}"], [$"name={first}", $"id={id}"], ["name=no-such-name"], ["exited=3"], ["exited=0", "exited=3"], ["exited=1"],
                ["health=none"], ["health=healthy"], [$"before={ended}"], [$"since={name}"], ["volume=/volume"], ["volume=/none"], ["status=created", "status=exited"],
            ])
        {
            string[] arguments = ["ps", "-a", "-q", "--no-trunc", "--filter", "label=purpose=filters", .. filters.SelectMany(filter => (string[])["--filter", filter])];
            Assert.Equal((filters, await AskDockerAsync(arguments)), (filters, Cli.Run(arguments).Succeeded().Output.Trim()));
        }

        foreach (var wrong in (string[])["exited=soon", "health=good", "status=1", "colour=red"])
        {
            Assert.Equal(2, Cli.Run("ps", "--filter", wrong).ExitCode);
        }
    }

    [SkippableFact]
    public async Task Filters_of_ports_choose_what_docker_chooses()
    {
        Skip.IfNot((await AskDockerAsync("network", "ls", "--format", "{{.Name}}")).Split('\n').Contains("bridge"), "the engine has no bridge");
        var (name, other) = (NewName(), NewName());
        string[] run = ["run", "-d", "-l", "purpose=port-filters", "--stop-signal", "KILL"];
        Cli.Run([.. run, "--name", name, "-p", "127.0.0.1::8090", "--expose", "7000-7001/udp", Image, "sleep", "1000"]).Succeeded();
        Cli.Run([.. run, "--name", other, "--expose", "7100", Image, "sleep", "1000"]).Succeeded();
        var published = (await AskDockerAsync("port", name, "8090")).Split(':')[^1];
        var count = 0;

        foreach (var filters in (string[][])
            [
                [$"publish={published}"], [$"publish={published}/tcp"], [$"publish={published}/udp"], ["publish=8090"], ["publish=1-65535"], ["publish=7100"],
                ["expose=8090"], ["expose=7000/udp"], ["expose=7000"], ["expose=6900-7000/udp"], ["expose=7000-7200"], ["expose=7100", "expose=7001/udp"],
                [$"publish={published}", "expose=7100"], ["publish=8090", "expose=7100"], ["publish=1-65535", "name=" + other],
            ])
        {
            string[] arguments = ["ps", "-a", "-q", "--no-trunc", "--filter", "label=purpose=port-filters", .. filters.SelectMany(filter => (string[])["--filter", filter])];
            var expected = await AskDockerAsync(arguments);
            Assert.Equal((filters, expected), (filters, Cli.Run(arguments).Succeeded().Output.Trim()));
            count += expected.Length > 0 ? 1 : 0;
        }

        Assert.Equal(10, count);
    }

    [SkippableFact]
    public async Task Changes_processes_and_ports_are_as_docker_shows_them()
    {
        var name = StartSleeper();
        Cli.Run("exec", name, "sh", "-c", "echo a > /tmp/added; rm /etc/group").Succeeded();

        Assert.Equal(Lines(await AskDockerAsync("diff", name)), Lines(Cli.Run("diff", name).Succeeded().Output));
        Assert.Equal(Columns(await AskDockerAsync("top", name))[0], Columns(Cli.Run("top", name).Succeeded().Output)[0]);
        Assert.Equal(Columns(await AskDockerAsync("top", name, "-o", "pid,args")), Columns(Cli.Run("top", name, "-o", "pid,args").Succeeded().Output));
        Assert.Equal(await AskDockerAsync("port", name), Cli.Run("port", name).Succeeded().Output.Trim());
        Assert.Contains("added", Cli.Run("diff", name, "--format", "json").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("sleep 1000", (string?)JsonNode.Parse(Cli.Run("top", "--format", "json", name, "-o", "pid,args").Succeeded().Output)![0]!["COMMAND"]);
        Assert.Equal(1, Cli.Run("port", name, "80").ExitCode);
    }

    [SkippableFact]
    public void Logs_keep_to_their_streams_and_begin_where_they_are_told_to()
    {
        var name = NewName();
        Cli.Run("run", "--name", name, "--network", "none", Image, "sh", "-c", "echo one; echo two >&2; echo three").Succeeded();

        var all = Cli.Run("logs", name);
        Assert.Equal(("one\nthree\n", "two\n"), (all.Output, all.Error));
        var last = Cli.Run("logs", "--tail", "1", name).Succeeded();
        Assert.Single(Lines(last.Output + last.Error));
        Assert.Equal("", Cli.Run("logs", "--tail", "0", name).Succeeded().Output);
        Assert.Equal("", Cli.Run("logs", "--since", "2100-01-01T00:00:00Z", name).Succeeded().Output);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one\n", Cli.Run("logs", "-t", name).Succeeded().Output);
        Assert.Equal(1, Cli.Run("logs", "no-such-container").ExitCode);
        var ever = Cli.Run("logs", "--since", "99999999h", name);
        Assert.Equal((2, "error: --since 99999999h: '99999999h' is not a time."), (ever.ExitCode, ever.Error.Split('\n')[0]));
    }

    [SkippableFact]
    public async Task Logs_have_the_attributes_that_docker_shows()
    {
        var (name, terminal) = (NewName(), NewName());
        string[] run = ["run", "--network", "none", "-l", "a=x y", "-e", "B=c", "--log-driver", "json-file", "--log-opt", "labels=a", "--log-opt", "env=B"];
        Cli.Run([.. run, "--name", name, Image, "sh", "-c", "echo one; echo two"]).Succeeded();
        Cli.Run([.. run, "-d", "-t", "--name", terminal, Image, "echo", "one"]).Succeeded();
        Cli.Run("wait", terminal).Succeeded();
        Cli.Run("run", "--name", name + "-bare", "--network", "none", "--log-driver", "json-file", Image, "echo", "one").Succeeded();
        try
        {
            Assert.Equal("B=c,a=x+y one\nB=c,a=x+y two\n", Cli.Run("logs", "--details", name).Succeeded().Output);
            foreach (var container in (string[])[name, terminal, name + "-bare"])
            {
                Assert.Equal(WithoutNanoseconds(await AskDockerAsync("logs", "--details", "-t", container)), WithoutNanoseconds(Cli.Run("logs", "--details", "-t", container).Succeeded().Output));
            }
        }
        finally
        {
            await AskDockerAsync("rm", "-f", name + "-bare");
        }
    }

    // Times of ours are multiples of 100 nanoseconds.
    private static string WithoutNanoseconds(string log) => Regex.Replace(log.Trim(), @"(\.\d{7})\d\dZ", "$1Z");

    [SkippableFact]
    public void Followed_logs_end_with_the_container_and_with_their_reader()
    {
        var name = NewName();
        Cli.Run("run", "-d", "--name", name, "--network", "none", Image, "sh", "-c", "echo first; read line < /proc/1/fd/0; while [ ! -e /go ]; do sleep 0.1; done; echo last").Succeeded();
        using var follow = Cli.Start("logs", "-f", name);
        Assert.Equal("first", follow.StandardOutput.ReadLine());

        Cli.Run("exec", name, "touch", "/go").Succeeded();

        Assert.Equal("last\n", CliProcess.Finish(follow).Output);

        var noise = NewName();
        Cli.Run("run", "-d", "--name", noise, "--network", "none", Image, "sh", "-c", "while :; do echo noise; sleep 0.05; done").Succeeded();
        using var head = Cli.Start("/bin/sh", ["-c", "\"$0\" logs -f \"$1\" | head -n 2", CliProcess.Program, noise]);
        Assert.Equal("noise\nnoise\n", CliProcess.Finish(head).Output);
    }

    [SkippableFact]
    public void Bytes_of_logs_that_are_no_text_survive()
    {
        var name = NewName();
        Cli.Run("run", "--name", name, "--network", "none", "--log-driver", "local", Image, "printf", "\\377\\000\\n");

        using var process = Cli.Start("logs", name);
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);

        Assert.Equal([0xFF, 0x00, 0x0A], output.ToArray());
    }

    [SkippableFact]
    public void Commands_in_containers_have_input_output_settings_and_an_exit_code()
    {
        var name = StartSleeper();

        var result = Cli.Run("in\n", ["exec", "-i", "-e", "A=b", "-w", "/tmp", "-u", "user", name, "sh", "-c", "cat; echo $A $PWD $(id -un); echo err >&2; exit 9"]);

        Assert.Equal(("in\nb /tmp user\n", "err\n", 9), (result.Output, result.Error, result.ExitCode));
        Assert.Equal("", Cli.Run("exec", "-d", "-e", "A=b", name, "sh", "-c", "echo unseen; echo $A > /tmp/seen").Succeeded().Output);
        Assert.Equal("b\n", Cli.Run("exec", name, "sh", "-c", "while [ ! -s /tmp/seen ]; do sleep 0.01; done; cat /tmp/seen").Succeeded().Output);
        var missing = Cli.Run("exec", "-d", name, "no-such-program");
        Assert.Equal((127, true), (missing.ExitCode, missing.Error.Contains("no-such-program", StringComparison.Ordinal)));
        Assert.Contains(Cli.Run("exec", name, "no-such-program").ExitCode, new[] { 126, 127 });
        Assert.Equal(1, Cli.Run("exec", "no-such-container", "true").ExitCode);
        Assert.Equal("--help\n", Cli.Run("exec", name, "echo", "--help").Succeeded().Output);
    }

    [SkippableFact]
    public void Containers_are_stopped_started_paused_renamed_and_removed_by_several_names_at_once()
    {
        var (one, two) = (StartSleeper(), StartSleeper());

        Assert.Equal($"{one}\n{two}\n", Cli.Run("pause", one, two).Succeeded().Output);
        Assert.Equal($"{one}\n{two}\n", Cli.Run("unpause", one, two).Succeeded().Output);
        Assert.Equal(Lines($"{one}\n{two}"), Lines(Cli.Run("stop", "-t", "1", one, two).Succeeded().Output));
        Assert.Equal("137\n137\n", Cli.Run("wait", one, two).Succeeded().Output);
        Assert.Equal($"{one}\n{two}\n", Cli.Run("start", one, two).Succeeded().Output);
        Assert.Equal(Lines($"{one}\n{two}"), Lines(Cli.Run("restart", "-t", "1", one, two).Succeeded().Output));
        Cli.Run("rename", one, one + "-new").Succeeded();
        Assert.Equal($"{one}-new\n", Cli.Run("kill", one + "-new").Succeeded().Output);

        var mixed = Cli.Run("rm", one + "-new", "no-such-container", two);
        Assert.Equal((1, $"{one}-new\n"), (mixed.ExitCode, mixed.Output));
        Assert.Contains("no-such-container", mixed.Error, StringComparison.Ordinal);
        Assert.Contains(two, mixed.Error, StringComparison.Ordinal);
        Assert.Equal($"{two}\n", Cli.Run("rm", "-f", "-v", two).Succeeded().Output);
        var gone = Cli.Run("rm", "-f", two).Succeeded();
        Assert.Equal(("", $"warning: There is no container '{two}' to remove.\n"), (gone.Output, gone.Error));
    }

    [SkippableFact]
    public async Task Limits_and_policies_are_changed()
    {
        var name = StartSleeper();

        Cli.Run("update", "-m", "128m", "--memory-swap", "256m", "--restart", "unless-stopped", name).Succeeded();

        Assert.Equal("134217728 268435456 unless-stopped", await AskDockerAsync("inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.RestartPolicy.Name}}", name));
    }

    [SkippableFact]
    public void Files_are_copied_in_both_directions_and_as_archives()
    {
        var name = StartSleeper();
        Cli.Write("tree/a.txt", "a");
        Cli.Write("tree/deep/b.txt", "b");

        Cli.Run("cp", "tree", $"{name}:/tmp/in").Succeeded();
        Assert.Equal("b", Cli.Run("exec", name, "cat", "/tmp/in/deep/b.txt").Succeeded().Output);
        Cli.Run("cp", "tree/.", $"{name}:/tmp").Succeeded();
        Assert.Equal("a", Cli.Run("exec", name, "cat", "/tmp/a.txt").Succeeded().Output);

        Cli.Run("cp", $"{name}:/tmp/in", "out").Succeeded();
        Assert.Equal("b", File.ReadAllText(Path.Combine(Cli.Directory, "out/deep/b.txt")));

        var other = StartSleeper();
        Cli.Run("exec", name, "sh", "-c", "chown -R user /tmp/in; chmod 750 /tmp/in/deep; ln -s a.txt /tmp/in/link").Succeeded();
        Cli.Run("cp", $"{name}:/tmp/in", $"{other}:/home/moved").Succeeded();
        Cli.Run("cp", "-a", $"{name}:/tmp/in", $"{other}:/home").Succeeded();
        Assert.Equal("750 root a.txt user\n", Cli.Run("exec", other, "sh", "-c", "cd /home; echo $(stat -c '%a %U' moved/deep) $(readlink moved/link) $(stat -c %U in/deep/b.txt)").Succeeded().Output);
        Assert.Equal(1, Cli.Run("cp", $"{name}:/tmp/in", $"{name}:/home").ExitCode);

        // Into another container: an engine locks one while an archive goes in or out.
        using var pipe = Cli.Start("/bin/sh", ["-c", "\"$0\" cp \"$1\":/tmp/in - | \"$0\" cp - \"$2\":/home && \"$0\" exec \"$2\" cat /home/in/a.txt", CliProcess.Program, name, StartSleeper()]);
        Assert.Equal("a", CliProcess.Finish(pipe).Succeeded().Output);
        Assert.Equal(1, Cli.Run("cp", $"{name}:/no/such/path", "out").ExitCode);
        Assert.Equal(1, Cli.Run("cp", "no-such-file", $"{name}:/tmp").ExitCode);
    }

    [SkippableFact]
    public void Archives_follow_links_and_replace_no_directory()
    {
        var (from, to) = (StartSleeper(), StartSleeper());
        Cli.Run("exec", from, "sh", "-c", "cd /tmp; echo made > file; ln -s file link; mkdir taken").Succeeded();
        Cli.Run("exec", to, "sh", "-c", "cd /tmp; mkdir there; ln -s there link; touch taken; mkdir file").Succeeded();

        // The link itself, what it points to, into the directory that a link points to.
        Assert.Equal("file", Pipe(from, "/tmp/link", [], to, "/tmp/link", "readlink /tmp/there/link").Succeeded().Output.Trim());
        Assert.Equal("made", Pipe(from, "/tmp/link", ["-L"], to, "/tmp/link", "cat /tmp/there/file").Succeeded().Output.Trim());
        Assert.Equal(1, Pipe(from, "/tmp/taken", [], to, "/tmp", "true").ExitCode);
        Assert.Equal(1, Pipe(from, "/tmp/file", [], to, "/tmp", "true").ExitCode);
        Assert.Contains("it is not a directory", Pipe(from, "/tmp/file", [], to, "/tmp/taken", "true").Error, StringComparison.Ordinal);
        Assert.Contains("no such directory", Pipe(from, "/tmp/file", [], to, "/tmp/none", "true").Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Measurements_are_shown_once_or_as_they_come()
    {
        var name = StartSleeper("-m", "64m");

        var table = Cli.Run("stats", "--no-stream", name).Succeeded().Output.Split('\n');
        Assert.Matches(@"^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET I/O +BLOCK I/O +PIDS$", table[0]);
        Assert.Matches($@"^[0-9a-f]{{12}} +{name} +\d+\.\d\d% +[\d.]+[KM]iB / 64MiB +\d+\.\d\d% +.+ +\d+$", table[1]);

        var sample = JsonNode.Parse(Cli.Run("stats", "--no-stream", "--format", "json", name).Succeeded().Output)![0]!;
        Assert.Equal((name, 67108864), ((string?)sample["name"], (long)sample["memoryLimit"]!));

        using var stream = Cli.Start("stats", name);
        for (var i = 0; i < 4; i++)
        {
            Assert.NotNull(stream.StandardOutput.ReadLine());
        }

        Cli.Run("kill", name).Succeeded();
        Assert.Equal(0, CliProcess.Finish(stream).ExitCode);
    }

    [SkippableTheory]
    [InlineData("--no-stream")]
    [InlineData("--no-trunc")]
    public void Containers_that_cannot_be_measured_are_told_and_keep_no_other_from_it(string option)
    {
        var (running, stopped) = (StartSleeper(), NewName());
        Cli.Run("create", "--name", stopped, "--network", "none", Image).Succeeded();

        using var stream = Cli.Start("stats", option, stopped, running, "no-such-container");
        while (stream.StandardOutput.ReadLine() is { } line && !line.Contains(running, StringComparison.Ordinal))
        {
            Assert.StartsWith("CONTAINER ID", line, StringComparison.Ordinal);
        }

        Cli.Run("kill", running).Succeeded();
        var result = CliProcess.Finish(stream);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"'{stopped}': it does not run", result.Error, StringComparison.Ordinal);
        Assert.Contains("no-such-container", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, Cli.Run("stats", option, stopped).ExitCode);
    }

    [SkippableFact]
    public void Measurements_of_all_show_zeros_for_what_does_not_run()
    {
        var (running, stopped) = (StartSleeper(), NewName());
        Cli.Run("create", "--name", stopped, "--network", "none", Image, "true").Succeeded();

        var once = Cli.Run("stats", "--all", "--no-stream").Succeeded().Output;
        Assert.Matches($@"(?m)^[0-9a-f]{{12}} +{stopped} +0\.00% +0B / -- +0\.00% +0B / 0B +0B / 0B +0$", once);
        Assert.Contains(running, once, StringComparison.Ordinal);
        Assert.DoesNotContain(stopped, Cli.Run("stats", "--no-stream").Succeeded().Output, StringComparison.Ordinal);

        var named = Cli.Run("stats", "-a", "--no-stream", "--format", "json", stopped, "no-such-container");
        Assert.Equal((1, stopped), (named.ExitCode, (string?)Assert.Single(JsonNode.Parse(named.Output)!.AsArray())!["name"]));
        Assert.Contains("no-such-container", named.Error, StringComparison.Ordinal);
        Assert.Equal((1, ""), Cli.Run("stats", "--all", "no-such-container") is var none ? (none.ExitCode, none.Output) : default);

        using var stream = Cli.Start("stats", "--all", "--format", "json", running, stopped);
        try
        {
            Assert.True(Shows(stream, lines => lines.Contains(running, StringComparison.Ordinal) && lines.Contains(stopped, StringComparison.Ordinal)));
            Cli.Run("kill", running).Succeeded();
            Assert.True(Shows(stream, lines => lines.Contains(running, StringComparison.Ordinal) && !lines.Contains("\"pids\": 1", StringComparison.Ordinal)));
            Cli.Run("rm", stopped).Succeeded();
            Assert.True(Shows(stream, lines => lines.Contains(running, StringComparison.Ordinal) && !lines.Contains(stopped, StringComparison.Ordinal)));
        }
        finally
        {
            Send(stream, "INT");
        }

        Assert.Equal(130, CliProcess.Finish(stream).ExitCode);
    }

    [SkippableFact]
    public void Measurements_without_names_show_what_starts_later_and_no_more_what_has_ended()
    {
        StartSleeper();
        using var stream = Cli.Start("stats", "--format", "json");
        try
        {
            var name = StartSleeper();
            Assert.True(Shows(stream, lines => lines.Contains(name, StringComparison.Ordinal)));
            Cli.Run("rm", "-f", name).Succeeded();
            Assert.True(Shows(stream, lines => !lines.Contains(name, StringComparison.Ordinal)));
        }
        finally
        {
            Send(stream, "INT");
        }

        Assert.Equal(130, CliProcess.Finish(stream).ExitCode);
    }

    [SkippableFact]
    public async Task Sizes_are_as_docker_shows_them()
    {
        var name = StartSleeper();
        Cli.Run("exec", name, "dd", "if=/dev/zero", "of=/made", "bs=1000", "count=1234").Succeeded();

        string[] arguments = ["ps", "-s", "--filter", $"name={name}"];
        Assert.Equal(Columns(await AskDockerAsync(arguments)), Columns(Cli.Run(arguments).Succeeded().Output));
        var sizes = JsonNode.Parse(Cli.Run([.. arguments, "--format", "json"]).Succeeded().Output)![0]!;
        Assert.True((long)sizes["rootFsSize"]! > (long)sizes["size"]! && (long)sizes["size"]! >= 1_234_000);
    }

    [SkippableFact]
    public async Task Containers_that_do_not_run_are_pruned_by_label_and_age_and_after_a_question()
    {
        var (running, ended, kept) = (StartSleeper("-l", "purpose=prune"), NewName(), NewName());
        foreach (var name in new[] { ended, kept })
        {
            Cli.Run("create", "--name", name, "-l", "purpose=prune", "-l", $"name={name}", "--network", "none", Image).Succeeded();
        }

        var id = await AskDockerAsync("inspect", "-f", "{{.Id}}", ended);
        string[] prune = ["prune", "--containers", "--filter", "label=purpose=prune", "--filter", $"label!=name={kept}"];
        Assert.Equal($"Containers to delete:\n{id}\n\nSpace to reclaim: 0B\n", Cli.Run([.. prune, "--dry-run"]).Succeeded().Output);
        Assert.Equal("Total reclaimed space: 0B\n", Cli.Run([.. prune, "--force", "--filter", "until=1h"]).Succeeded().Output);
        var declined = Cli.Run("n\n", prune);
        Assert.Equal(1, declined.ExitCode);
        Assert.StartsWith("WARNING! This will remove all stopped containers", declined.Output, StringComparison.Ordinal);
        Assert.Equal(1, Cli.Run(prune).ExitCode);
        Assert.Contains(ended, await AskDockerAsync("ps", "-a", "--format", "{{.Names}}"), StringComparison.Ordinal);

        Assert.EndsWith($"Deleted Containers:\n{id}\n\nTotal reclaimed space: 0B\n", Cli.Run("y\n", prune).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal([running, kept], (await AskDockerAsync("ps", "-a", "--filter", "label=purpose=prune", "--format", "{{.Names}}")).Split('\n').Order().OrderBy(n => n == kept));
        Assert.Equal(2, Cli.Run("prune", "--containers", "--force", "--filter", "until=soon").ExitCode);
        Assert.Equal(2, Cli.Run("prune", "--filter", "name=a").ExitCode);
        Assert.Equal(2, Cli.Run("prune", "--containers", "--all").ExitCode);
        Assert.Equal(2, Cli.Run("prune", "--containers", "--filter", "name=a").ExitCode);
    }

    [SkippableFact]
    public void Containers_become_images_and_archives()
    {
        var name = StartSleeper();
        Cli.Run("exec", name, "sh", "-c", "echo made > /made").Succeeded();

        var image = $"zlayer-test/{name}:1";
        Assert.StartsWith("sha256:", Cli.Run("commit", "-m", "remark", "-c", "CMD [\"cat\", \"/made\"]", name, image).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("made\n", Cli.Run("run", "--rm", "--network", "none", image).Succeeded().Output);
        Cli.Run("rmi", "--runtime", "docker", image).Succeeded();

        Cli.Run("export", name, "-o", "files.tar").Succeeded();
        using var list = Cli.Start("tar", ["tf", Path.Combine(Cli.Directory, "files.tar"), "made"]);
        Assert.Equal("made\n", CliProcess.Finish(list).Succeeded().Output);
        Assert.Equal(1, Cli.Run("export", "no-such-container", "-o", "none.tar").ExitCode);
        Assert.False(File.Exists(Path.Combine(Cli.Directory, "none.tar")));
    }

    [SkippableFact]
    public void Events_are_told_until_a_time_and_by_kind()
    {
        var name = NewName();
        var since = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Cli.Run("run", "--name", name, "--network", "none", Image, "true").Succeeded();

        string[] arguments = ["events", "--since", $"{since}", "--until", $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1}", "--filter", $"container={name}"];
        var lines = Cli.Run(arguments).Succeeded().Output;
        foreach (var action in (string[])["create", "start", "die"])
        {
            Assert.Contains($" container {action} ", lines, StringComparison.Ordinal);
        }

        var die = JsonNode.Parse(Assert.Single(Lines(Cli.Run([.. arguments, "--filter", "event=die", "--format", "json"]).Succeeded().Output)))!;
        Assert.Equal((name, "die"), ((string?)die["name"], (string?)die["action"]));
    }

    [SkippableFact]
    public async Task Inspect_finds_a_container_where_there_is_no_image()
    {
        var name = StartSleeper();

        var detail = JsonNode.Parse(Cli.Run("inspect", name).Succeeded().Output)!;

        Assert.Equal(await AskDockerAsync("inspect", "-f", "{{.Id}}", name), (string?)detail["Id"]);
        Assert.Equal((string?)detail["Id"], (string?)JsonNode.Parse(Cli.Run("inspect", "--type", "container", name).Succeeded().Output)!["Id"]);
        Assert.Contains(Image, Cli.Run("inspect", "--runtime", "docker", Image).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(1, Cli.Run("inspect", "--type", "image", name).ExitCode);
    }

    [SkippableFact]
    public void Images_of_the_engine_are_listed_tagged_saved_loaded_and_removed()
    {
        var tag = $"zlayer-test/{NewName()}:1";
        Cli.Run("tag", "--runtime", "docker", Image, tag).Succeeded();

        Assert.Contains(tag.Split(':')[0], Cli.Run("images", "--runtime", "docker").Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(tag.Split(':')[0], Cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("CREATED BY", Cli.Run("history", "--runtime", "docker", tag).Succeeded().Output, StringComparison.Ordinal);
        Cli.Run("save", "--runtime", "docker", tag, "-o", "image.tar").Succeeded();
        Assert.Contains($"Untagged: ", Cli.Run("rmi", "--runtime", "docker", tag).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains(tag, Cli.Run("load", "--runtime", "docker", "image.tar").Succeeded().Output, StringComparison.Ordinal);
        Cli.Run("rmi", "--runtime", "docker", tag).Succeeded();
        Assert.Equal(1, Cli.Run("rmi", "--runtime", "docker", tag).ExitCode);
    }

    [SkippableFact]
    public void Runtimes_are_listed_with_those_that_do_not_answer()
    {
        var lines = Lines(Cli.Run("runtimes").Succeeded().Output);

        Assert.Contains(lines, line => Regex.IsMatch(line, @"^docker +\* +.*available"));
        Assert.Contains(lines, line => line.StartsWith("fake ", StringComparison.Ordinal));
        var json = JsonNode.Parse(Cli.Run("runtimes", "--format", "json").Succeeded().Output)!.AsArray();
        Assert.True((bool)json.Single(runtime => (string?)runtime!["name"] == "docker")!["isAvailable"]!);
    }

    // Copies from one container into another through a pipe, then asks the other.
    private CliResult Pipe(string from, string path, string[] options, string to, string destination, string question)
    {
        const string Script = "out=$1; in=$2; to=$3; ask=$4; shift 4; \"$0\" cp \"$@\" \"$out\" - | \"$0\" cp - \"$in\" && \"$0\" exec \"$to\" sh -c \"$ask\"";
        using var process = Cli.Start("/bin/sh", ["-c", Script, CliProcess.Program, $"{from}:{path}", $"{to}:{destination}", to, question, .. options]);
        return CliProcess.Finish(process);
    }

    // Each picture is an array of JSON that ends with a bracket alone.
    private static bool Shows(System.Diagnostics.Process stream, Predicate<string> isShown)
    {
        for (var picture = 0; picture < 30; picture++)
        {
            var text = new System.Text.StringBuilder();
            while (stream.StandardOutput.ReadLine() is { } line)
            {
                text.AppendLine(line);
                if (line is "]" or "[]")
                {
                    break;
                }
            }

            if (isShown(text.ToString()))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).Order(StringComparer.Ordinal)];

    // Tables differ in the width of their gaps, and times go on.
    private static string[] Columns(string text)
        => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Regex.Replace(Regex.Replace(line.Trim(), " {2,}", "|"), @"(Less than a second|About an? \w+|\d+ seconds?)( ago)?", "TIME$2"))];
}
