using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;

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
        var command = await StartAsync(runtime, container, options, input, limit).ConfigureAwait(false);
        await using var closing = command.ConfigureAwait(false);
        var events = command.ReadAsync(input, limit.Token).GetAsyncEnumerator(limit.Token);
        await using var ending = events.ConfigureAwait(false);
        while (await GuardAsync(events.MoveNextAsync(), limit, container).ConfigureAwait(false))
        {
            yield return events.Current;
        }
    }

    /// <summary>Runs a command to its end and keeps its output.</summary>
    /// <inheritdoc cref="RunCommandAsync"/>
    public static async Task<ExecResult> RunCommandToEndAsync(
        this IContainerExecution runtime, string container, ExecOptions options, Stream? input = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        using var limit = new TimeLimit(timeout, cancellationToken);
        var command = await StartAsync(runtime, container, options, input, limit).ConfigureAwait(false);
        await using var closing = command.ConfigureAwait(false);
        return await GuardAsync(new ValueTask<ExecResult>(command.ReadToEndAsync(input, limit.Token)), limit, container).ConfigureAwait(false);
    }

    private static async Task<RunningCommand> StartAsync(IContainerExecution runtime, string container, ExecOptions options, Stream? input, TimeLimit limit)
    {
        options = options with { AttachStdIn = options.AttachStdIn || input is not null };
        return await GuardAsync(new ValueTask<RunningCommand>(RunningCommand.StartAsync(runtime, container, options, cancellationToken: limit.Token)), limit, container).ConfigureAwait(false);
    }

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
