using System.Diagnostics;
using System.Text.Json.Nodes;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Cli;

/// <summary>Archives through pipes, as shells make them.</summary>
public sealed class PipedArchiveTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public PipedArchiveTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        _cli.Write("context/a.txt", "a");
        _cli.Run("build", "context", "-t", "piped:1").Succeeded();
    }

    public void Dispose() => _cli.Dispose();

    [SkippableTheory]
    [InlineData("$Z save piped:1 -o - | $Z --root other load -")]
    [InlineData("$Z save piped:1 -o /dev/stdout | $Z --root other load /dev/stdin")]
    [InlineData("$Z save piped:1 -o - | $Z --root other load")]
    [InlineData("$Z save piped:1 -o a.tar && $Z --root other load -i a.tar < /dev/null")]
    [InlineData("$Z save piped:1 -o a.tar && $Z --root other load <(cat a.tar)")]
    [InlineData("$Z save piped:1 -o a.tar && gzip a.tar && $Z --root other load - < a.tar.gz")]
    [InlineData("mkfifo p && ($Z save piped:1 --format docker -o p & $Z --root other load p; wait) && test -p p")]
    [InlineData("$Z save piped:1 -o >(cat > b.tar) && sleep 0.1 && while ! $Z --root other load b.tar; do sleep 0.1; done")]
    [InlineData("$Z build context -t piped:1 -o type=oci,dest=/dev/stdout | $Z --root other load -")]
    public void An_image_goes_through_a_pipe(string script)
    {
        Shell(script).Succeeded();

        var images = JsonNode.Parse(_cli.Run("--root", "other", "images", "--json").Succeeded().Output)!.AsArray();
        Assert.Equal("piped:1", Assert.Single(images)!["reference"]!.GetValue<string>());
    }

    [SkippableFact]
    public void What_stood_in_the_redirected_output_before_stays()
    {
        Shell("{ printf head; $Z build context -o type=tar,dest=/dev/stdout; printf tail; } > out && head -c 4 out && tail -c 4 out").Succeeded();

        var bytes = File.ReadAllBytes(Path.Combine(_cli.Directory, "out"));
        Assert.Equal("headtail"u8.ToArray(), (byte[])[.. bytes[..4], .. bytes[^4..]]);
        Assert.Contains(Tars.Read(bytes[4..^4]), entry => entry.Entry.Path == "a.txt");
    }

    [SkippableTheory]
    [InlineData("save piped:1 -o node")]
    [InlineData("build context -o type=tar,dest=node")]
    [InlineData("build context -o type=oci,dest=node")]
    [InlineData("build context -o type=docker,dest=node")]
    [InlineData("build context -o type=local,dest=node")]
    public void A_device_is_refused_and_stays(string arguments)
    {
        Skip.IfNot(Linux.IsRoot, "needs root");
        var node = Path.Combine(_cli.Directory, "node");
        Linux.MakeNode(node, LinuxFileStatus.CharacterDevice, 1, 3);

        var result = _cli.Run(arguments.Split(' '));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(node, result.Error, StringComparison.Ordinal);
        Assert.Equal(LinuxFileStatus.CharacterDevice, Linux.Status(node)!.Value.Type);
    }

    [SkippableTheory]
    [InlineData("load", "-")]
    [InlineData("load", "fifo")]
    [InlineData("build", "-")]
    [InlineData("login", "registry.invalid", "-u", "me", "--password-stdin")]
    [InlineData("import", "fifo", "a:1")]
    [InlineData("save", "piped:1", "-o", "fifo")]
    [InlineData("build", "context", "-f", "fifo")]
    public void What_waits_for_the_other_end_of_a_pipe_ends_when_it_is_told_to(params string[] arguments)
    {
        Linux.MakeNode(Path.Combine(_cli.Directory, "fifo"), LinuxFileStatus.Fifo);
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        using var process = _cli.Start(arguments);
        // Whenever the signal comes, before the wait or in it, it ends the program.
        using (var kill = Process.Start("sh", ["-c", $"sleep 1; kill -TERM {process.Id}"]))
        {
            kill.WaitForExit();
        }

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(15)), "it still waits");
        Assert.Equal(143, process.ExitCode);
    }

    [SkippableTheory]
    [InlineData("$Z build - < /dev/zero", 16384)]
    [InlineData("$Z build context -f - < /dev/zero", 16384)]
    [InlineData("yes | $Z login registry.invalid -u me --password-stdin", 64)]
    public void Standard_input_without_an_end_is_too_long(string script, int limit)
    {
        // What reads on ends by this, and not with the memory of the machine.
        var result = Shell("ulimit -t 20; " + script);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"Standard input is longer than {limit} KiB", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("http://example.com/file")]
    [InlineData("git@example.com:team/project.git")]
    [InlineData("ssh://git@example.com/project")]
    [InlineData("https://example.com/project.git#main:docs")]
    public void COPY_of_an_address_says_to_use_ADD(string address)
    {
        _cli.Write("context/Dockerfile", $"FROM scratch\nCOPY {address} /\n");

        var result = _cli.Run("build", "context");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("COPY does not fetch addresses", result.Error, StringComparison.Ordinal);
        Assert.Contains("Use ADD", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Names_of_an_archive_that_no_image_can_have_are_counted_in_a_warning()
    {
        Shell("$Z save piped:1 --format docker -o a.tar && mkdir d && tar -C d -xf a.tar && rm d/oci-layout d/index.json"
            + " && sed -i 's/\"RepoTags\":\\[/&\"UPPER:1\",\"bad:-x\",/' d/manifest.json").Succeeded();

        var result = _cli.Run("--root", "other", "load", "d").Succeeded();

        Assert.Contains("2 of the names", result.Error, StringComparison.Ordinal);
        Assert.Equal("Loaded: piped:1\n", result.Output);
    }

    [SkippableFact]
    public void An_error_of_a_Dockerfile_is_printed_once()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nFORM x\nCOPPY a b\n");

        var error = _cli.Run("build", "context").Error;

        Assert.Equal(2, error.Split("unknown instruction: FORM").Length);
        Assert.Equal(2, error.Split("unknown instruction: COPPY").Length);
    }

    private CliResult Shell(string script)
    {
        using var process = _cli.Start("bash", ["-o", "pipefail", "-c", "Z=$0; " + script, CliProcess.Program]);
        process.StandardInput.Close();
        return CliProcess.Finish(process);
    }
}
