using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli;

/// <summary>Standard output and error that are closed, full or read by nobody.</summary>
public sealed class ClosedOutputTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public ClosedOutputTests()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\nLABEL a=b\n");
        _cli.Write("context/a.txt", "a");
    }

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("zlayer build context -t t:1 >&-", 0)]
    [InlineData("zlayer build context -t t:1 2>&-", 0)]
    [InlineData("zlayer build context -t t:1 <&- >&- 2>&-", 0)]
    [InlineData("zlayer build context -t t:1 2>/dev/full", 0)]
    [InlineData("zlayer build context -t t:1 >/dev/full", 1)]
    [InlineData("zlayer build context -t t:1 >/dev/full 2>&1", 1)]
    [InlineData("zlayer build context -t t:1 2>&1 | true", 141)]
    [InlineData("zlayer build context -t t:1 --progress json | true", 141)]
    [InlineData("zlayer build context -t t:1 --progress json >/dev/full", 1)]
    public void Build_whose_progress_nobody_sees_finishes(string script, int exitCode)
    {
        Assert.Equal(exitCode, Run(script).ExitCode);

        Assert.Contains("\nt ", _cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zlayer images >&-", 0, "")]
    [InlineData("zlayer images --json >&-", 0, "")]
    [InlineData("zlayer --help >&- 2>&-", 0, "")]
    [InlineData("zlayer images | true", 141, "")]
    [InlineData("zlayer --help | true", 141, "")]
    [InlineData("zlayer inspect t:1 | true", 141, "")]
    [InlineData("zlayer images >/dev/full", 1, "error: Writing standard output: No space left on device.\n")]
    [InlineData("zlayer images --json >/dev/full", 1, "error: Writing standard output: No space left on device.\n")]
    [InlineData("zlayer history t:1 >/dev/full", 1, "error: Writing standard output: No space left on device.\n")]
    [InlineData("zlayer save t:1 -o /dev/null/x 2>&-", 1, "")]
    [InlineData("zlayer rmi nosuch 2>/dev/full", 1, "")]
    [InlineData("zlayer nosuch 2>&-", 2, "")]
    [InlineData("zlayer build --nosuch >&- 2>/dev/full", 2, "")]
    public void Ends_with_a_code_of_its_own_and_without_a_trace(string script, int exitCode, string error)
    {
        _cli.Run("build", "context", "-t", "t:1").Succeeded();

        var result = Run(script);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(error, result.Error);
    }

    [Fact]
    public void What_is_printed_goes_into_no_file_of_the_store()
    {
        _cli.Run("build", "context", "-t", "t:1").Succeeded();
        _cli.Write("context/a.txt", "another");

        Run("zlayer build context -t t:2 --verbose <&- >&- 2>&-").Succeeded();

        Assert.All(Directory.GetFiles(Path.Combine(_cli.Root, "blobs", "sha256")), path =>
            Assert.Equal(Path.GetFileName(path), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))));
        Assert.All(Directory.GetFiles(_cli.Root, "*", SearchOption.AllDirectories), path => Assert.DoesNotContain("COPY a.txt /a.txt (", File.ReadAllText(path), StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_removed_although_nobody_reads_which()
    {
        _cli.Run("build", "context", "-t", "t:1", "-t", "t:2", "-t", "t:3").Succeeded();

        Assert.Equal(141, Run("zlayer rmi t:1 t:2 t:3 | true").ExitCode);

        Assert.DoesNotContain("\nt ", _cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sequence_ends_when_nobody_reads_any_more()
    {
        await using var engine = new ScriptedEngine(async request =>
        {
            if (!request.Line.Contains("/events", StringComparison.Ordinal))
            {
                return await request.AnswerAsync(ScriptedEngine.Answer(200, "{}"), keepOpen: true);
            }

            await request.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            for (var i = 0; i < 10_000; i++)
            {
                await request.WriteAsync("""{"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{}},"time":1,"timeNano":1}""" + "\n");
            }

            return await request.HangAsync();
        });
        _cli.Environment["DOCKER_HOST"] = engine.Host;

        var result = Run("zlayer events --runtime docker | head -1");

        Assert.Equal(141, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.Single(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private CliResult Run(string script)
    {
        using var process = _cli.Start("/bin/bash", ["-c", $"set -o pipefail; zlayer() {{ '{CliProcess.Program}' \"$@\"; }}; {script}"]);
        process.StandardInput.Close();
        return CliProcess.Finish(process);
    }
}
