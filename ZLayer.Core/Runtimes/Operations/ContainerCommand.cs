using System.Diagnostics;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Runs commands in containers with input and a limit of time, over any runtime. An exit code other than 0 is no error.</summary>
public static class ContainerCommand
{
    /// <summary>Runs a command: its output as it comes, then exactly one <see cref="ExecExit"/>.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="options">The command, and how it is run.</param>
    /// <param name="cancellationToken">Leaves the command.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArgument, ContainerNotFound, ContainerNotRunning, CommandStartFailed; OperationTimedOut.
    /// </exception>
    public static async IAsyncEnumerable<ExecEvent> RunCommandAsync(
        this IContainerExecution runtime, string container, CommandRunOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var name = options.ContainerName ?? container;
        using var limit = new TimeLimit(options.Timeout, cancellationToken);
        var running = options.Input is { } input
            ? StreamAsync(runtime, container, options.Command, input, limit.Token)
            : runtime.StreamExecAsync(container, options.Command, limit.Token);
        var events = running.GetAsyncEnumerator(limit.Token);
        await using var ending = events.ConfigureAwait(false);
        while (await GuardAsync(events.MoveNextAsync(), limit, name).ConfigureAwait(false))
        {
            yield return events.Current is ExecOutput output ? new ExecOutput(output.Record with { ContainerName = name }) : events.Current;
        }
    }

    /// <summary>Runs a command to its end and keeps its output.</summary>
    /// <inheritdoc cref="RunCommandAsync"/>
    public static async Task<ExecResult> RunCommandToEndAsync(
        this IContainerExecution runtime, string container, CommandRunOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var name = options.ContainerName ?? container;
        using var limit = new TimeLimit(options.Timeout, cancellationToken);
        var running = options.Input is { } input
            ? KeepAsync(runtime, container, options.Command, input, limit.Token)
            : runtime.ExecAsync(container, options.Command, limit.Token);
        return await GuardAsync(new ValueTask<ExecResult>(running), limit, name).ConfigureAwait(false) with { ContainerName = name };
    }

    private static async IAsyncEnumerable<ExecEvent> StreamAsync(
        IContainerExecution runtime, string container, ExecOptions command, Stream input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = await runtime.OpenExecAsync(container, command with { AttachStdIn = true }, cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        using var pump = new InputPump(input, session, cancellationToken);
        await foreach (var line in LogLines.ReadAsync(
            session.ReadAsync(cancellationToken), container, runtime.Name, cancellationToken).ConfigureAwait(false))
        {
            yield return new ExecOutput(line);
        }

        yield return new ExecExit(await FinishAsync(session, pump, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<ExecResult> KeepAsync(
        IContainerExecution runtime, string container, ExecOptions command, Stream input, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var session = await runtime.OpenExecAsync(container, command with { AttachStdIn = true }, cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        using var pump = new InputPump(input, session, cancellationToken);
        var output = await SessionOutput.ReadAsync(session, cancellationToken).ConfigureAwait(false);
        return new ExecResult
        {
            ExitCode = await FinishAsync(session, pump, cancellationToken).ConfigureAwait(false),
            StdOut = output.OutputText,
            StdErr = output.ErrorText,
            RawStdOut = output.Output,
            RawStdErr = output.Error,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private static async Task<int> FinishAsync(ContainerSession session, InputPump pump, CancellationToken cancellationToken)
    {
        var exitCode = await session.WaitAsync(cancellationToken).ConfigureAwait(false);
        await pump.FinishAsync().ConfigureAwait(false);
        return exitCode;
    }

    private static async ValueTask<T> GuardAsync<T>(ValueTask<T> work, TimeLimit limit, string container)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw limit.Reached(
                $"Running a command in the container '{container}'", container, "Allow more time. The command may go on in the container, as a runtime cannot end it.");
        }
    }
}
