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
    /// <param name="options">The command.</param>
    /// <param name="input">What it reads, from where it stands to its end; null gives it no input. It stays open.</param>
    /// <param name="timeout">How long it may run; null is without a limit. A runtime cannot end a command: it goes on, with its output closed.</param>
    /// <param name="cancellationToken">Leaves the command.</param>
    /// <exception cref="ZLayerException">InvalidArgument, ContainerNotFound, ContainerNotRunning, CommandStartFailed; OperationTimedOut.</exception>
    public static async IAsyncEnumerable<ExecEvent> RunCommandAsync(
        this IContainerExecution runtime, string container, ExecOptions options, Stream? input = null, TimeSpan? timeout = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        using var limit = new TimeLimit(timeout, cancellationToken);
        var session = await OpenAsync(runtime, container, options, input, limit).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        using var pump = new InputPump(input, session, limit.Token);
        var lines = LogLines.ReadAsync(session.ReadAsync(limit.Token), container, runtime.Name, limit.Token).GetAsyncEnumerator(limit.Token);
        await using var ending = lines.ConfigureAwait(false);
        while (await GuardAsync(lines.MoveNextAsync(), limit, container).ConfigureAwait(false))
        {
            yield return new ExecOutput(lines.Current);
        }

        var exitCode = await GuardAsync(new ValueTask<int>(session.WaitAsync(limit.Token)), limit, container).ConfigureAwait(false);
        await pump.FinishAsync().ConfigureAwait(false);
        yield return new ExecExit(exitCode);
    }

    /// <summary>Runs a command to its end and keeps its output.</summary>
    /// <inheritdoc cref="RunCommandAsync"/>
    public static async Task<ExecResult> RunCommandToEndAsync(
        this IContainerExecution runtime, string container, ExecOptions options, Stream? input = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var started = Stopwatch.GetTimestamp();
        using var limit = new TimeLimit(timeout, cancellationToken);
        var session = await OpenAsync(runtime, container, options, input, limit).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        using var pump = new InputPump(input, session, limit.Token);
        var output = await GuardAsync(new ValueTask<SessionOutput>(SessionOutput.ReadAsync(session, limit.Token)), limit, container).ConfigureAwait(false);
        var exitCode = await GuardAsync(new ValueTask<int>(session.WaitAsync(limit.Token)), limit, container).ConfigureAwait(false);
        await pump.FinishAsync().ConfigureAwait(false);
        return new ExecResult
        {
            ExitCode = exitCode,
            StdOut = output.OutputText,
            StdErr = output.ErrorText,
            RawStdOut = output.Output,
            RawStdErr = output.Error,
            Duration = Stopwatch.GetElapsedTime(started),
            ContainerName = container,
        };
    }

    private static async Task<ContainerSession> OpenAsync(IContainerExecution runtime, string container, ExecOptions options, Stream? input, TimeLimit limit)
        => await GuardAsync(
            new ValueTask<ContainerSession>(runtime.OpenExecAsync(container, options with { AttachStdIn = options.AttachStdIn || input is not null }, limit.Token)), limit, container).ConfigureAwait(false);

    private static async ValueTask<T> GuardAsync<T>(ValueTask<T> work, TimeLimit limit, string container)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw limit.Reached($"Running a command in the container '{container}'", container);
        }
    }
}
