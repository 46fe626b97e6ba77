using System.Diagnostics;
using System.Text.Json.Nodes;
using ZLayer.Core.Tests.Equivalence;

namespace ZLayer.Core.Tests.Cli;

public sealed class BuildCommandTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Build_prints_plain_steps_on_standard_error_and_the_image_id_on_standard_output()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\nLABEL x=y\n");
        _cli.Write("context/a.txt", "a");

        var result = _cli.Run("build", "context", "-t", "test/plain:1").Succeeded();

        Assert.Matches(@"^sha256:[0-9a-f]{64}\n$", result.Output);
        Assert.Matches(@"(?m)^#\d+ \[.*\] COPY a\.txt /a\.txt$", result.Error);
        Assert.Contains("test/plain:1", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Building_again_takes_every_step_from_the_cache_and_gives_the_same_image()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        var file = _cli.Write("context/a.txt", "a");

        var first = _cli.Run("build", "context").Succeeded();
        var second = _cli.Run("build", "context").Succeeded();
        File.WriteAllText(file, "changed");
        var third = _cli.Run("build", "context").Succeeded();

        Assert.DoesNotContain("CACHED", first.Error, StringComparison.Ordinal);
        Assert.Contains("CACHED", second.Error, StringComparison.Ordinal);
        Assert.Equal(first.Output, second.Output);
        Assert.DoesNotContain("CACHED", third.Error, StringComparison.Ordinal);
        Assert.Contains("a.txt", third.Error, StringComparison.Ordinal);
        Assert.NotEqual(first.Output, third.Output);
    }

    [Fact]
    public void A_privilege_is_refused_with_the_line_and_the_option_and_given_with_it()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nRUN --security=insecure --network=host evil\n");

        var refused = _cli.Run("build", "context", "--allow", "network.host");
        var wrong = _cli.Run("build", "context", "--allow", "everything");
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
        _cli.Run("build", "context", "--allow", "security.insecure,network.host", "--allow", "device=x.y/z=1").Succeeded();

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("(Dockerfile:2:1)", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--allow security.insecure.", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("-Allow ", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("security.insecure, network.host, device or device=NAME", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_is_squashed_in_docker_types_and_of_a_fixed_time_on_demand()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n");

        _cli.Run("build", "context", "-t", "usual:1").Succeeded();
        _cli.Run("build", "context", "-t", "fixed:1", "--squash", "--format", "docker", "--reproducible").Succeeded();
        _cli.Environment["SOURCE_DATE_EPOCH"] = "86400";
        _cli.Run("build", "context", "-t", "dated:1", "--reproducible").Succeeded();

        var (usual, made) = (Inspect("usual:1"), Inspect("fixed:1"));
        Assert.Equal((2, 1), (usual["manifest"]!["layers"]!.AsArray().Count, made["manifest"]!["layers"]!.AsArray().Count));
        Assert.Equal("application/vnd.docker.distribution.manifest.v2+json", made["manifest"]!["mediaType"]!.GetValue<string>());
        Assert.StartsWith("1970-01-01T00:00:00", made["config"]!["created"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("1970-01-02T00:00:00", Inspect("dated:1")["config"]!["created"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--retries", "11", "expected a number from 0 to 10")]
    [InlineData("--compression-level", "23", "expected a number from 0 to 22")]
    [InlineData("--compression", "brotli", "expected one of none, gzip, zstd")]
    [InlineData("--format", "v1", "expected one of oci, docker")]
    public void A_value_that_an_option_does_not_know_is_bad_usage(string option, string value, string reason)
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");

        var result = _cli.Run("build", "context", option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option} {value}: {reason}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_builder_is_the_one_that_is_named()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");

        _cli.Run("build", "context", "--builder", "native").Succeeded();
        var unknown = _cli.Run("build", "context", "--builder", "mason");

        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("mason", unknown.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_step_that_failed_is_tried_again_as_often_as_retries_says()
    {
        UseBase();
        _cli.Write(
            "context/Dockerfile", "FROM test/base:1\nRUN --mount=type=cache,target=/c if test -e /c/second; then true; else touch /c/second; exit 3; fi\n");

        _cli.Run("build", "context", "--retries", "1").Succeeded();
    }

    [Fact]
    public void Json_progress_is_one_event_a_line_with_one_terminal_event_at_the_end()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /\n");
        _cli.Write("context/a.txt", "a");

        var result = _cli.Run("build", "context", "-t", "json:1", "--progress", "json").Succeeded();

        var events = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var types = events.Select(e => e["type"]!.GetValue<string>()).ToList();
        Assert.Equal("buildStarted", types[0]);
        Assert.Contains("instructionCompleted", types);
        Assert.Equal("buildCompleted", types[^1]);
        Assert.Single(types, t => t is "buildCompleted" or "buildFailed");
        Assert.Equal("json:1", events[^1]["result"]!["tags"]![0]!.GetValue<string>().Replace("docker.io/library/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Failed_build_ends_its_json_with_a_failure_and_exits_with_1()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY missing.txt /\n");

        var result = _cli.Run("build", "context", "--progress", "json");

        Assert.Equal(1, result.ExitCode);
        var last = JsonNode.Parse(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
        Assert.Equal("buildFailed", last["type"]!.GetValue<string>());
    }

    [Fact]
    public void Error_names_the_place_and_the_ignore_rule_that_hides_a_source()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY secret.txt /\n");
        _cli.Write("context/secret.txt", "x");
        _cli.Write("context/.dockerignore", "*.txt\n");

        var result = _cli.Run("build", "context");

        Assert.Equal(1, result.ExitCode);
        var error = result.Error[result.Error.IndexOf("error: ", StringComparison.Ordinal)..];
        Assert.Contains("secret.txt", error, StringComparison.Ordinal);
        Assert.Contains("Dockerfile:2", error, StringComparison.Ordinal);
        Assert.Contains(".dockerignore", error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Every_syntax_error_of_a_dockerfile_is_listed()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPPY a b\nRUN --mont=type=bind x\n");

        var result = _cli.Run("build", "context");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("COPPY", result.Error, StringComparison.Ordinal);
        Assert.Contains("COPY", result.Error, StringComparison.Ordinal);
        Assert.Contains("--mont", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dockerfile_is_read_from_standard_input()
    {
        var result = _cli.Run("FROM scratch\nLABEL from=stdin\n", ["build", "-", "-t", "stdin:1"]).Succeeded();

        Assert.Contains("\"from\": \"stdin\"", _cli.Run("inspect", "stdin:1").Succeeded().Output, StringComparison.Ordinal);
        Assert.StartsWith("sha256:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_are_written_where_they_are_asked_for()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /in/a.txt\n");
        _cli.Write("context/a.txt", "content of a");

        _cli.Run("build", "context", "-t", "o:1", "-o", "type=local,dest=local", "-o", "type=oci,dest=oci.tar", "-o", "type=docker,dest=docker.tar", "-o", "type=tar,dest=root.tar").Succeeded();

        Assert.Equal("content of a", File.ReadAllText(Path.Combine(_cli.Directory, "local", "in", "a.txt")));
        foreach (var archive in new[] { "oci.tar", "docker.tar" })
        {
            var snapshot = ImageSnapshot.FromArchive(Path.Combine(_cli.Directory, archive), _ => { });
            Assert.Contains(snapshot.Value["files"]!.AsArray(), f => f!.GetValue<string>().Contains("/in/a.txt", StringComparison.Ordinal));
        }

        Assert.True(new FileInfo(Path.Combine(_cli.Directory, "root.tar")).Length > 512);
    }

    [Fact]
    public void Tar_output_to_standard_output_holds_nothing_else()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        _cli.Write("context/a.txt", "a");

        var result = _cli.Run("build", "context", "-o", "type=tar,dest=-").Succeeded();

        Assert.StartsWith("a.txt\0", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_arguments_labels_and_target_reach_the_image()
    {
        _cli.Write("context/Dockerfile", "ARG V=1\nFROM scratch AS first\nARG V\nLABEL v=$V\nFROM scratch\nLABEL second=yes\n");

        _cli.Run("build", "context", "--target", "first", "--build-arg", "V=two", "--label", "given=here", "-t", "args:1").Succeeded();

        var config = JsonNode.Parse(_cli.Run("inspect", "args:1").Succeeded().Output)!["labels"]!;
        Assert.Equal("two", config["v"]!.GetValue<string>());
        Assert.Equal("here", config["given"]!.GetValue<string>());
        Assert.Null(config["second"]);
    }

    [SkippableFact]
    public void Failing_run_shows_its_exit_code_and_last_output()
    {
        UseBase();
        _cli.Write("context/Dockerfile", "FROM test/base:1\nRUN echo about to fail && exit 42\n");

        var result = _cli.Run("build", "context", "--network", "none");

        Assert.Equal(1, result.ExitCode);
        var error = result.Error[result.Error.LastIndexOf("error: ", StringComparison.Ordinal)..];
        Assert.Contains("42", error, StringComparison.Ordinal);
        Assert.Contains("about to fail", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Interrupted_build_exits_with_130_and_the_next_one_works()
    {
        UseBase();
        var dockerfile = _cli.Write("context/Dockerfile", "FROM test/base:1\nRUN echo kept > /kept\nRUN echo sleeping && sleep 60\n");

        using var process = _cli.Start("build", "context", "--network", "none");
        while (process.StandardError.ReadLine() is { } line && !line.EndsWith(" sleeping", StringComparison.Ordinal))
        {
            // Until the step runs.
        }

        using (Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            var result = CliProcess.Finish(process);
            Assert.Equal(130, result.ExitCode);
            Assert.Contains("interrupted", result.Error, StringComparison.Ordinal);
        }

        File.WriteAllText(dockerfile, "FROM test/base:1\nRUN echo kept > /kept\nRUN true\n");
        Assert.Contains("CACHED", _cli.Run("build", "context", "--network", "none").Succeeded().Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Secret_reaches_its_step_and_nothing_else()
    {
        UseBase();
        _cli.Write("token.txt", "very-secret-text");
        _cli.Write("context/Dockerfile", "FROM test/base:1\nRUN --mount=type=secret,id=t wc -c < /run/secrets/t > /size && cat /size\n");

        var result = _cli.Run("build", "context", "--network", "none", "--secret", "id=t,src=token.txt", "-t", "secret:1", "--verbose").Succeeded();

        Assert.Contains("16", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret-text", result.Error, StringComparison.Ordinal);
        using var grep = Process.Start(new ProcessStartInfo("grep", ["-rl", "very-secret-text", _cli.Root]) { RedirectStandardOutput = true })!;
        Assert.Empty(grep.StandardOutput.ReadToEnd());
    }

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("99999999999999")]
    public void Time_of_the_environment_that_is_none_is_named(string time)
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nENV A=b\n");
        _cli.Environment["SOURCE_DATE_EPOCH"] = time;

        var result = _cli.Run("build", "context");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"SOURCE_DATE_EPOCH is '{time}'", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal", result.Error, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableTheory]
    [InlineData("not-there")]
    [InlineData("token.txt")]
    public void Directory_for_temporary_files_that_cannot_be_used_is_named(string place)
    {
        UseBase();
        Skip.IfNot(File.Exists("/usr/bin/ssh-keygen"), "ssh-keygen (package openssh-client) is not installed");
        var key = Path.Combine(_cli.Directory, "key");
        using (var keygen = Process.Start("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]))
        {
            keygen.WaitForExit();
        }

        _cli.Write("token.txt", "a file");
        _cli.Write("context/Dockerfile", "FROM test/base:1\nRUN true\nRUN --mount=type=ssh true\n");
        var temporary = Path.Combine(_cli.Directory, place);
        _cli.Environment["TMPDIR"] = temporary;

        var result = _cli.Run("build", "context", "--network", "none", "--ssh", "default=" + key);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(temporary, result.Error, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal", result.Error, StringComparison.OrdinalIgnoreCase);
        _cli.Environment["TMPDIR"] = _cli.Directory;
        Assert.Contains("CACHED", _cli.Run("build", "context", "--network", "none", "--ssh", "default=" + key).Succeeded().Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Terminal_gets_a_picture_that_is_redrawn()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "script (package bsdutils) is not installed");
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        _cli.Write("context/a.txt", "a");

        using var process = _cli.Start("/usr/bin/script", ["-qec", $"env TERM=xterm {CliProcess.Program} build context", "/dev/null"]);
        var result = CliProcess.Finish(process).Succeeded();

        Assert.Contains("\u001b[", result.Output, StringComparison.Ordinal);
        Assert.Contains("COPY a.txt /a.txt", result.Output, StringComparison.Ordinal);
        Assert.Contains("Built in", result.Output, StringComparison.Ordinal);
    }

    private void UseBase()
    {
        Skip.IfNot(CorpusBase.IsPossible, $"{CorpusBase.BusyboxPath} (package busybox-static) is not installed");
        Skip.IfNot(Environment.IsPrivilegedProcess, "RUN as root is what is tested here");
        Skip.IfNot(new[] { "crun", "runc", "youki" }.Any(r => File.Exists("/usr/bin/" + r) || File.Exists("/usr/sbin/" + r)), "no OCI runtime is installed");
        var image = CorpusBase.Create(Path.Combine(_cli.Directory, "base"));
        _cli.Run("load", image.DockerArchivePath).Succeeded();
    }

    private JsonNode Inspect(string image) => JsonNode.Parse(_cli.Run("inspect", image).Succeeded().Output)!;
}
