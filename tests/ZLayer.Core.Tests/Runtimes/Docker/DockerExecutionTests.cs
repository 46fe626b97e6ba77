using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerExecutionTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private string _id = "";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _id = await StartAsync(Shell(NewName(), "sleep 1000"));
    }

    [SkippableFact]
    public async Task A_command_that_is_killed_has_the_code_of_its_signal()
        => Assert.Equal(137, (await Runtime.ExecAsync(_id, Run("kill -9 $$"))).ExitCode);

    [SkippableFact]
    public async Task A_shell_that_cannot_find_its_program_ends_with_127_and_is_no_error()
        => Assert.Equal(127, (await Runtime.ExecAsync(_id, Run("no-such-program"))).ExitCode);

    [SkippableTheory]
    [InlineData("no-such-program")]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    public async Task A_program_that_cannot_be_started_is_an_error(string program)
    {
        var options = new ExecOptions { Command = [program, "argument"] };
        var failure = await FailsAsync(ZLayerErrorKind.CommandStartFailed, () => Runtime.ExecAsync(_id, options));
        Assert.Contains(program, failure.Message, StringComparison.Ordinal);
        await FailsAsync(ZLayerErrorKind.CommandStartFailed, async () => await Runtime.StreamExecAsync(_id, options).ToListAsync());
        await FailsAsync(ZLayerErrorKind.CommandStartFailed, async () => await Runtime.ExecAsync(_id, options with { Tty = true }));
        Skip.If(IsPodman, "Podman does not say what became of the start of a detached command");
        var detached = await FailsAsync(ZLayerErrorKind.CommandStartFailed, () => Runtime.StartExecAsync(_id, options));
        Assert.True(detached.ExitCode is 126 or 127 && detached.Advice == failure.Advice, $"{detached.ExitCode}: {detached.Advice}");
    }

    [SkippableFact]
    public async Task A_program_that_speaks_of_runtimes_is_not_taken_for_one_that_is_missing()
    {
        var result = await Runtime.ExecAsync(_id, Run("echo the OCI runtime is not to blame; exit 127"));

        Assert.Equal((127, "the OCI runtime is not to blame\n"), (result.ExitCode, result.StdOut));
    }

    [SkippableFact]
    public async Task Lines_come_as_they_are_written_and_the_exit_code_comes_last()
    {
        var events = Runtime.StreamExecAsync(_id, Run("echo one; read line < /fifo; echo two >&2; exit 3")).GetAsyncEnumerator();
        await Runtime.ExecAsync(_id, Run("mkfifo /fifo"));
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("one", Assert.IsType<ExecOutput>(events.Current).Record.Text);

        await Runtime.ExecAsync(_id, Run("echo > /fifo"));

        Assert.True(await events.MoveNextAsync());
        Assert.Equal((LogStream.StdErr, "two"), (((ExecOutput)events.Current).Record.Stream, ((ExecOutput)events.Current).Record.Text));
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new ExecExit(3), events.Current);
        Assert.False(await events.MoveNextAsync());
        await events.DisposeAsync();
    }

    [SkippableFact]
    public async Task Bytes_that_are_not_UTF8_survive()
    {
        var result = await Runtime.ExecAsync(_id, Run(@"printf '\377\000\303\r\n'; printf '\376' >&2"));
        Assert.Equal([0xFF, 0, 0xC3, 0x0D, 0x0A], result.RawStdOut.ToArray());
        Assert.Equal([0xFE], result.RawStdErr.ToArray());
    }

    [SkippableFact]
    public async Task A_line_of_10_MB_is_one_record()
    {
        var events = await Runtime.StreamExecAsync(_id, Run("head -c 10000000 /dev/zero | tr '\\0' x; echo")).ToListAsync();
        Assert.Equal(10_000_000, Assert.IsType<ExecOutput>(events[0]).Record.Text.Length);
        Assert.Equal(new ExecExit(0), events[1]);
    }

    [SkippableFact]
    public async Task A_hundred_MB_go_through_cat_and_back_and_end_with_the_input()
    {
        const int Length = 100_000_000;
        await using var session = await Runtime.OpenExecAsync(_id, new ExecOptions { Command = ["cat"], AttachStdIn = true });
        var writing = Task.Run(async () =>
        {
            await new PatternStream(Length).CopyToAsync(session.Input);
            await session.CloseInputAsync();
        });
        using var expected = new PatternStream(Length);
        var buffer = new byte[128 * 1024];
        long received = 0;
        await foreach (var chunk in session.ReadAsync().WithCancellation(new CancellationTokenSource(Patience).Token))
        {
            expected.ReadExactly(buffer.AsSpan(0, chunk.Data.Length));
            Assert.True(chunk.Data.Span.SequenceEqual(buffer.AsSpan(0, chunk.Data.Length)), $"other bytes after {received}");
            received += chunk.Data.Length;
        }

        await writing;
        Assert.Equal(Length, received);
        Assert.Equal(0, await session.WaitAsync());
    }

    [SkippableFact]
    public async Task A_command_reads_its_input_to_the_end()
    {
        var result = await Runtime.RunCommandToEndAsync(_id, new CommandRunOptions { Command = Run("wc -c"), Input = new MemoryStream(new byte[1_000_000]) });
        Assert.Equal("1000000", result.StdOut.Trim());
        var lines = await Runtime.RunCommandAsync(_id, new CommandRunOptions { Command = Run("sort"), ContainerName = "sorter", Input = new MemoryStream("b\na\n"u8.ToArray()) }).ToListAsync();
        Assert.Equal(["sorter a", "sorter b"], lines.OfType<ExecOutput>().Select(line => $"{line.Record.ContainerName} {line.Record.Text}"));
    }

    [SkippableFact]
    public async Task A_command_that_does_not_read_its_input_ends_all_the_same()
    {
        Skip.If(IsPodman, "Podman cuts the connection to a command that leaves input unread");
        var result = await Runtime.RunCommandToEndAsync(_id, new CommandRunOptions { Command = Run("exit 5"), Input = new PatternStream(200_000_000) }).WaitAsync(Patience);
        Assert.Equal(5, result.ExitCode);
    }

    [SkippableFact]
    public async Task A_command_has_a_limit_of_time_while_it_is_given_input_too()
    {
        var options = new CommandRunOptions { Command = Run("sleep 60"), Timeout = TimeSpan.FromMilliseconds(300), ContainerName = "sleeper" };
        var exception = await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.RunCommandToEndAsync(_id, options));
        Assert.Contains("'sleeper'", exception.Message);
        options = options with { Input = new PatternStream(long.MaxValue) };
        await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.RunCommandToEndAsync(_id, options).WaitAsync(Patience));
        await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.RunCommandAsync(_id, options).ToListAsync().AsTask().WaitAsync(Patience));
    }

    [SkippableFact]
    public async Task A_terminal_has_the_size_it_is_told()
    {
        await using var session = await Runtime.OpenExecAsync(_id, new ExecOptions
        {
            Command = ["sh", "-c", "usleep 300000; stty size; read line; stty size"],
            Tty = true,
            AttachStdIn = true,
            TerminalSize = new TerminalSize(33, 101),
        });
        Assert.True(session.IsTerminal);
        var lines = LogLines.ReadAsync(session.ReadAsync(), _id, "").GetAsyncEnumerator();
        Assert.True(await lines.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("33 101", lines.Current.Text);

        await session.ResizeAsync(new TerminalSize(50, 120));
        await session.Input.WriteAsync("go\r"u8.ToArray());

        Assert.True(await lines.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("go", lines.Current.Text);
        Assert.True(await lines.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("50 120", lines.Current.Text);
        Assert.Equal(0, await session.WaitAsync());
        await lines.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_container_that_dies_ends_its_commands()
    {
        // Both run when the second is ready.
        var running = Runtime.ExecAsync(_id, Run("touch /running; sleep 600"));
        var streaming = Runtime.StreamExecAsync(_id, Run("while [ ! -e /running ]; do usleep 1000; done; echo ready; sleep 600")).GetAsyncEnumerator();
        Assert.True(await streaming.MoveNextAsync().AsTask().WaitAsync(Patience));

        await Runtime.KillContainerAsync(_id);

        foreach (var command in (Func<Task>[])[() => running, async () => { while (await streaming.MoveNextAsync()) { Assert.Equal(137, Assert.IsType<ExecExit>(streaming.Current).ExitCode); } }])
        {
            try
            {
                await command().WaitAsync(Patience);
            }
            catch (ZLayerException e)
            {
                Assert.Equal(ZLayerErrorKind.ContainerNotRunning, e.Kind);
            }
        }
    }

    [SkippableFact]
    public async Task Leaving_commands_leaves_no_connection()
    {
        await Runtime.ExecAsync(_id, Run("true"));
        var before = DockerLogsTests.OpenSockets();
        for (var i = 0; i < 10; i++)
        {
            await foreach (var _ in Runtime.StreamExecAsync(_id, Run("while :; do echo x; usleep 1000; done")))
            {
                break;
            }
        }

        using var cancellation = new CancellationTokenSource();
        var waiting = Runtime.ExecAsync(_id, Run("sleep 600"), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await DockerLogsTests.EventuallyAsync(() => DockerLogsTests.OpenSockets() <= before + 2, () => $"{DockerLogsTests.OpenSockets()} sockets are open, {before} were");
    }

    [SkippableFact]
    public async Task The_terminal_of_a_container_is_recognised_and_resized()
    {
        var id = await StartAsync(Shell(NewName(), "while read line; do stty size; done") with { OpenStdin = true, Tty = true });
        await using var session = await Runtime.AttachAsync(id, new AttachOptions { StdIn = true });
        Assert.True(session.IsTerminal);
        await session.ResizeAsync(new TerminalSize(44, 99));
        await session.Input.WriteAsync("x\r"u8.ToArray());
        var lines = LogLines.ReadAsync(session.ReadAsync(), id, "");
        await foreach (var line in lines)
        {
            if (line.Text == "44 99")
            {
                break;
            }

            Assert.Equal("x", line.Text);
        }
    }

    private static ExecOptions Run(string script) => new() { Command = ["sh", "-c", script] };
}
