using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Commands in containers, and the containers' own input and output.</summary>
public sealed class ExecutionConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task A_command_has_its_exit_code_and_both_outputs(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        foreach (var code in (int[])[0, 1, 126, 127, 255])
        {
            var result = await on.ExecAsync(id, $"echo out; echo error >&2; exit {code}");
            Assert.Equal((code, "out\n", "error\n"), (result.ExitCode, result.StdOut, result.StdErr));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task Variables_user_and_directory_are_the_commands_own(string runtime) => CaseAsync(runtime, async on =>
    {
        var result = await on.Runtime.ExecAsync(await on.Shared.RunningAsync(), new ExecOptions
        {
            Command = ["sh", "-c", "echo $NAME; id -u; pwd"],
            Environment = new Dictionary<string, string> { ["NAME"] = "a value = with $signs" },
            User = "65534",
            WorkingDirectory = "/tmp",
        }, on.Soon);
        Assert.Equal("a value = with $signs\n65534\n/tmp\n", result.StdOut);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task Output_keeps_bytes_that_are_not_UTF8(string runtime) => CaseAsync(runtime, async on =>
    {
        byte[] bytes = [0xFF, 0xC3, 0x00, 0x0D, 0x0A];
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        var archive = Layers.Tars.Write(tar => tar.WriteFile(Layers.Tars.File("bytes", bytes.Length), bytes));
        await on.Runtime.PutArchiveAsync(id, "/tmp", new MemoryStream(archive), new ArchivePutOptions(), on.Soon);

        var result = await on.ExecAsync(id, "cat /tmp/bytes; cat /tmp/bytes >&2");

        Assert.Equal(bytes, result.RawStdOut);
        Assert.Equal(bytes, result.RawStdErr);
        Assert.Equal("\uFFFD\uFFFD\0\r\n", result.StdOut);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec, RuntimeOperation.ExecStream, RuntimeOperation.ExecPty)]
    public Task A_program_that_cannot_be_started_is_an_error(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        foreach (var program in (string[])["no-such-program", "/etc/passwd", "/"])
        {
            var options = new ExecOptions { Command = [program, "argument"] };
            var error = await RefusesAsync(ZLayerErrorKind.CommandStartFailed, () => on.Runtime.ExecAsync(id, options, on.Soon));
            Assert.Contains(program, error.Message, StringComparison.Ordinal);
            await RefusesAsync(ZLayerErrorKind.CommandStartFailed, async () => await on.Runtime.StreamExecAsync(id, options, on.Soon).ToListAsync(on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task A_detached_command_that_cannot_be_started_is_an_error(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        await RefusesAsync(
            ZLayerErrorKind.CommandStartFailed, () => on.Runtime.StartExecAsync(id, new ExecOptions { Command = ["no-such-program"] }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec, RuntimeOperation.ExecStream, RuntimeOperation.ExecPty)]
    public Task An_empty_command_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        foreach (var attempt in AttemptsTo(on, new ExecOptions { Command = [] }))
        {
            await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => attempt(id));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec, RuntimeOperation.ExecStream, RuntimeOperation.ExecPty)]
    public Task What_does_not_run_runs_no_commands(string runtime) => CaseAsync(runtime, async on =>
    {
        foreach (var id in (string[])[await on.Shared.CreatedAsync(), await on.Shared.EndedAsync()])
        {
            foreach (var attempt in AttemptsTo(on, new ExecOptions { Command = ["true"] }))
            {
                await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => attempt(id));
            }
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task A_paused_container_runs_no_commands(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        await on.Runtime.PauseContainerAsync(id, on.Soon);
        await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.ExecAsync(id, new ExecOptions { Command = ["true"] }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.Exec)]
    public Task A_command_that_nobody_is_connected_with_runs(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        await on.Runtime.StartExecAsync(id, new ExecOptions { Command = ["sh", "-c", "echo x > /tmp/made"] }, on.Soon);
        while ((await on.ExecAsync(id, "cat /tmp/made")).StdOut != "x\n")
        {
            await Task.Delay(20, on.Soon);
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExecStream)]
    public Task Lines_come_in_order_and_the_exit_code_comes_last(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        var options = new ExecOptions { Command = ["sh", "-c", "echo one; sleep 0.05; echo two >&2; sleep 0.05; printf three; exit 9"] };

        var events = await on.Runtime.StreamExecAsync(id, options, on.Soon).ToListAsync(on.Soon);

        var lines = events.OfType<ExecOutput>().Select(output => (output.Record.Stream, output.Record.Text));
        Assert.Equal([(LogStream.StdOut, "one"), (LogStream.StdErr, "two"), (LogStream.StdOut, "three")], lines);
        Assert.Equal((new ExecExit(9), 4), (events[^1], events.Count));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExecPty)]
    public Task Input_reaches_a_command_byte_for_byte_and_its_end_too(string runtime) => CaseAsync(runtime, async on =>
    {
        byte[] bytes = [0xFF, 0x00, 0x0A, 0xC3, 0x28];
        await using var session = await on.Runtime.OpenExecAsync(
            await on.Shared.RunningAsync(), new ExecOptions { Command = ["cat"], AttachStdIn = true }, on.Soon);
        await session.Input.WriteAsync(bytes, on.Soon);
        await session.CloseInputAsync(on.Soon);

        Assert.False(session.IsTerminal);
        Assert.Equal(bytes, (await session.ReadAsync(on.Soon).ToListAsync(on.Soon)).SelectMany(chunk => chunk.Data.ToArray()));
        Assert.Equal(0, await session.WaitAsync(on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExecPty)]
    public Task A_session_without_input_says_so(string runtime) => CaseAsync(runtime, async on =>
    {
        await using var session = await on.Runtime.OpenExecAsync(await on.Shared.RunningAsync(), new ExecOptions { Command = ["true"] }, on.Soon);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.Input.WriteAsync(new byte[1]));
        await session.CloseInputAsync(on.Soon);
        await session.ResizeAsync(new TerminalSize(1, 1), on.Soon);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExecPty)]
    public Task A_command_with_a_terminal_has_one_output(string runtime) => CaseAsync(runtime, async on =>
    {
        await using var session = await on.Runtime.OpenExecAsync(
            await on.Shared.RunningAsync(), new ExecOptions { Command = ["sh", "-c", "read line; echo got $line; echo bad >&2; exit 6"], Tty = true, AttachStdIn = true }, on.Soon);
        Assert.True(session.IsTerminal);
        await session.ResizeAsync(new TerminalSize(50, 120), on.Soon);
        await session.Input.WriteAsync("me\n"u8.ToArray(), on.Soon);

        var chunks = await session.ReadAsync(on.Soon).ToListAsync(on.Soon);

        Assert.All(chunks, chunk => Assert.Equal(LogStream.StdOut, chunk.Stream));
        Assert.EndsWith("got me\nbad\n", string.Concat(chunks.Select(chunk => TextOf(chunk.Data))).Replace("\r", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(6, await session.WaitAsync(on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExecStream)]
    public Task A_container_that_dies_ends_its_commands(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done"));
        await using var session = await on.Runtime.OpenExecAsync(id, new ExecOptions { Command = ["cat"], AttachStdIn = true }, on.Soon);
        await session.Input.WriteAsync("ready\n"u8.ToArray(), on.Soon);
        await using var chunks = session.ReadAsync(on.Soon).GetAsyncEnumerator(on.Soon);
        Assert.True(await chunks.MoveNextAsync());

        await on.Runtime.KillContainerAsync(id, cancellationToken: on.Soon);

        Assert.False(await chunks.MoveNextAsync());
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task Attaching_before_the_start_misses_nothing_and_ends_with_the_container(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("cat; sleep 0.05; echo end >&2; exit 7") with { OpenStdin = true, StdinOnce = true });
        await using var session = await on.Runtime.AttachAsync(id, new AttachOptions { StdIn = true }, on.Soon);
        await on.Runtime.StartContainerAsync(id, on.Soon);
        await session.Input.WriteAsync(Encoding.UTF8.GetBytes("ping\n"), on.Soon);
        await session.CloseInputAsync(on.Soon);

        var lines = await LogLines.ReadAsync(session.ReadAsync(on.Soon), id, "").ToListAsync(on.Soon);

        Assert.Equal([(LogStream.StdOut, "ping"), (LogStream.StdErr, "end")], lines.Select(line => (line.Stream, line.Text)));
        Assert.Equal(7, await session.WaitAsync(on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task Attaching_later_can_begin_with_what_was_written_before(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("echo early; read line; echo late") with { OpenStdin = true });
        await on.UntilItSaysAsync(id, "early");
        await using var session = await on.Runtime.AttachAsync(id, new AttachOptions { Logs = true, StdIn = true }, on.Soon);
        await session.Input.WriteAsync("go\n"u8.ToArray(), on.Soon);
        Assert.Equal(["early", "late"], await LogLines.ReadAsync(session.ReadAsync(on.Soon), id, "").Select(line => line.Text).ToListAsync(on.Soon));
    });

    private static Func<string, Task>[] AttemptsTo(ConformanceCase on, ExecOptions options) =>
    [
        id => on.Runtime.ExecAsync(id, options, on.Soon),
        id => on.Runtime.StartExecAsync(id, options, on.Soon),
        async id => await on.Runtime.StreamExecAsync(id, options, on.Soon).ToListAsync(on.Soon),
        async id => await (await on.Runtime.OpenExecAsync(id, options, on.Soon)).DisposeAsync(),
    ];
}
