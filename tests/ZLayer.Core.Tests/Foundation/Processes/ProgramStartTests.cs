using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Foundation.Processes;

public sealed class ProgramStartTests
{
    [Fact]
    public async Task Program_reads_its_input_and_what_it_prints_comes_back()
    {
        var result = await Shell("cat; echo ' wrong ' >&2; exit 3").RunAsync("täxt\n", CancellationToken.None);

        Assert.Equal(new ProgramResult(3, "täxt\n", "wrong"), result);
    }

    [Fact]
    public async Task Program_that_reads_nothing_of_its_input_is_no_failure()
    {
        var result = await Shell("exit 0").RunAsync(new string('x', 1 << 20), CancellationToken.None);

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Text_beyond_the_limit_is_read_to_its_end_and_dropped()
    {
        var start = Shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 7") with { LongestText = 10 };

        var result = await start.RunAsync(input: null, CancellationToken.None);

        Assert.Equal(new ProgramResult(7, "xxxxxxxxxx", ""), result);
    }

    [Fact]
    public async Task Program_does_not_run_on_when_its_output_cannot_be_written()
    {
        using var directory = new TemporaryDirectory();
        var pidFile = directory.Combine("pid");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        await Assert.ThrowsAnyAsync<IOException>(
            () => Shell($"echo $$ > '{pidFile}'; echo x; exec sleep 60").RunAsync(input: null, full, CancellationToken.None));

        var process = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);
        await Waiting.UntilAsync(() => !File.Exists($"/proc/{process}/exe"));
    }

    [Fact]
    public async Task Cancellation_kills_what_the_program_has_started_too()
    {
        using var directory = new TemporaryDirectory();
        var pidFile = directory.Combine("pid");
        using var cancellation = new CancellationTokenSource();

        var running = Shell($"sleep 60 & echo $! > '{pidFile}.new'; mv '{pidFile}.new' '{pidFile}'; wait").RunAsync(input: null, cancellation.Token);
        await Waiting.UntilAsync(() => File.Exists(pidFile));
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var child = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);
        await Waiting.UntilAsync(() => !File.Exists($"/proc/{child}/exe"));
    }

    [Fact]
    public async Task Variables_can_be_all_that_it_gets()
    {
        var start = new ProgramStart(["/usr/bin/env"]) { Variables = [KeyValuePair.Create("ONE", (string?)"1")], InheritsVariables = false };

        Assert.Equal("ONE=1\n", (await start.RunAsync(input: null, CancellationToken.None)).Output);
    }

    [Fact]
    public void Program_that_is_not_there_is_an_error_that_names_it()
    {
        var error = Assert.Throws<ZLayerException>(() => new ProgramStart(["/nowhere/program"]).Start());

        Assert.Equal((ZLayerErrorKind.BuilderUnavailable, "/nowhere/program"), (error.Kind, error.Subject));
    }

    private static ProgramStart Shell(string script) => new(["/bin/sh", "-c", script]);
}
