using System.Diagnostics;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>
/// A command that was started in a container with its input and output connected. Disposing of it closes both; a command that has not ended then
/// goes on, as a runtime cannot end it. Its output is read once, in one of the two ways.
/// </summary>
public sealed class RunningCommand : IAsyncDisposable
{
    private readonly string _runtime;
    private readonly string _containerName;
    private readonly ContainerSession _session;
    private readonly long _started = Stopwatch.GetTimestamp();

    private RunningCommand(string runtime, string containerName, ContainerSession session)
    {
        _runtime = runtime;
        _containerName = containerName;
        _session = session;
    }

    /// <summary>Starts a command.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="options">The command.</param>
    /// <param name="containerName">The name that lines and the result give the container; null is as it was named here.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="ZLayerException">InvalidArgument, ContainerNotFound, ContainerNotRunning, CommandStartFailed.</exception>
    public static async Task<RunningCommand> StartAsync(
        IContainerExecution runtime, string container, ExecOptions options, string? containerName = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(options);
        var session = await runtime.OpenExecAsync(container, options, cancellationToken).ConfigureAwait(false);
        return new RunningCommand(runtime.Name, containerName ?? container, session);
    }

    /// <summary>Reads its output as it comes, then exactly one <see cref="ExecExit"/>.</summary>
    /// <param name="input">What the command reads, from where it stands to its end; null gives it no input. It stays open.</param>
    /// <param name="cancellationToken">Leaves the command.</param>
    public async IAsyncEnumerable<ExecEvent> ReadAsync(Stream? input = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var pump = new InputPump(input, _session, cancellationToken);
        await foreach (var line in LogLines.ReadAsync(_session.ReadAsync(cancellationToken), _containerName, _runtime, cancellationToken).ConfigureAwait(false))
        {
            yield return new ExecOutput(line);
        }

        yield return new ExecExit(await FinishAsync(pump, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads its output to the end and keeps it.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async Task<ExecResult> ReadToEndAsync(Stream? input = null, CancellationToken cancellationToken = default)
    {
        using var pump = new InputPump(input, _session, cancellationToken);
        var output = await SessionOutput.ReadAsync(_session, cancellationToken).ConfigureAwait(false);
        return new ExecResult
        {
            ExitCode = await FinishAsync(pump, cancellationToken).ConfigureAwait(false),
            StdOut = output.OutputText,
            StdErr = output.ErrorText,
            RawStdOut = output.Output,
            RawStdErr = output.Error,
            Duration = Stopwatch.GetElapsedTime(_started),
            ContainerName = _containerName,
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private async Task<int> FinishAsync(InputPump pump, CancellationToken cancellationToken)
    {
        var exitCode = await _session.WaitAsync(cancellationToken).ConfigureAwait(false);
        await pump.FinishAsync().ConfigureAwait(false);
        return exitCode;
    }
}
