using System.Runtime.CompilerServices;
using System.Text;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <content>Commands in containers, and the containers' own input and output.</content>
public sealed partial class FakeRuntime
{
    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        var process = Start(container, options, null);
        await state.WaitAsync(process, () => process.ExitCode is not null, cancellationToken).ConfigureAwait(false);
        var (output, error) = (process.Output.BytesOf(LogStream.StdOut), process.Output.BytesOf(LogStream.StdErr));
        return new ExecResult
        {
            ExitCode = process.ExitCode!.Value,
            StdOut = Encoding.UTF8.GetString(output),
            StdErr = Encoding.UTF8.GetString(error),
            RawStdOut = output,
            RawStdErr = error,
            Duration = process.EndedAt - process.StartedAt,
            ContainerName = process.Container.Name,
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExecEvent> StreamExecAsync(
        string container, ExecOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var process = Start(container, options, null);
        var next = 0;
        while (true)
        {
            var at = next;
            await state.WaitAsync(
                process, () => process.Output.Lines.Count > at || process.ExitCode is not null, cancellationToken).ConfigureAwait(false);
            List<LogChunk> lines;
            using (state.Enter())
            {
                lines = [.. process.Output.Lines.Skip(next)];
            }

            if (lines.Count == 0)
            {
                break;
            }

            next += lines.Count;
            foreach (var line in lines)
            {
                yield return new ExecOutput(FakeOutput.ToRecord(line, process.Container.Name, Name));
            }
        }

        yield return new ExecExit(process.ExitCode!.Value);
    }

    /// <inheritdoc/>
    public Task<ContainerSession> OpenExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var input = options.AttachStdIn ? new FakeInput() : null;
        var process = Start(container, options, input);
        return Task.FromResult<ContainerSession>(new FakeSession(state, () => state.Clock.Concerns(process), process.Output)
        {
            Terminal = options.Tty,
            Writes = options.AttachStdIn ? () => input! : null,
            ClosesInput = true,
            IsOver = () => process.ExitCode is not null,
            ExitCode = () => process.ExitCode ?? 0,
            Shows = stream => stream == LogStream.StdErr ? options.AttachStdErr : options.AttachStdOut,
        });
    }

    /// <inheritdoc/>
    public Task StartExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        Start(container, options, null);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ContainerSession> AttachAsync(string container, AttachOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var entry = state.Enter();
        var found = Find(container);
        if (found.IsPaused)
        {
            throw NotRunning(found);
        }

        var exits = found.Exits;
        Note(found, "attach");
        return Task.FromResult<ContainerSession>(new FakeSession(state, () => state.Clock.Concerns(found), found.Output)
        {
            Terminal = found.Specification.Tty,
            Writes = options.StdIn && found.Specification.OpenStdin ? () => found.Input : null,
            ClosesInput = found.Specification.StdinOnce,
            IsOver = () => found.Exits > exits || found.IsRemoved,
            ExitCode = () => found.ExitCode,
            Shows = stream => stream == LogStream.StdErr ? options.StdErr : options.StdOut,
            Next = options.Logs ? 0 : found.Output.Chunks.Count,
        });
    }

    private FakeProcess Start(string container, ExecOptions options, FakeInput? input)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var entry = state.Enter();
        var found = FindRunning(container);
        if (options.Command.Count == 0)
        {
            Invalid("A command is empty.", found.Name);
        }

        var text = string.Join(' ', options.Command);
        Note(found, "exec_create: " + text);
        var process = Spawn(found, options, input);
        Note(found, "exec_start: " + text);
        return process;
    }
}
