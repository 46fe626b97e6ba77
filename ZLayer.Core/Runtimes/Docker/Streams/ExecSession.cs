using System.Runtime.CompilerServices;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Operations;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>
/// A command in a container. An engine takes the connection over before it starts the command, so it can only write into the output that
/// the command could not be started: that is recognised here and becomes an error.
/// </summary>
internal sealed class ExecSession(ChosenEngine engine, string container, string id, UpgradedStream connection, ExecOptions options)
    : DockerSession(connection, options.Tty, options.AttachStdIn)
{
    /// <summary>What to do about a command that could not be started.</summary>
    public const string StartAdvice = "Name a program that the container's image has, by its path or by a name in PATH.";

    private const string PodmanPrefix = "Error: ";

    // A program may print the same words.
    private const int MostSuspects = 8;

    // Some time after the end of the output: a second in all.
    private const int MostUntold = 10;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _startFailure;

    private static ReadOnlySpan<byte> PodmanAftermath => "Error: read unixpacket"u8;

    /// <summary>Whether an error of the engine tells that a command could not be started.</summary>
    public static bool TellsOfFailure(string said)
        => said.Contains("OCI runtime", StringComparison.Ordinal) || said.Contains("exec failed", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<LogChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var suspects = new List<LogChunk>();
        var isFirst = true;
        await foreach (var chunk in base.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (isFirst ? MayTellOfFailure(chunk) : suspects.Count is > 0 and < MostSuspects && chunk.Data.Span.StartsWith(PodmanAftermath))
            {
                suspects.Add(chunk);
            }
            else
            {
                foreach (var suspect in suspects)
                {
                    yield return suspect;
                }

                suspects.Clear();
                yield return chunk;
            }

            isFirst = false;
        }

        _startFailure = suspects.Count == 0 ? null : ReasonOf(suspects[0]);
        _outputEnded.TrySetResult();
        if (suspects.Count > 0)
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var suspect in suspects)
        {
            yield return suspect;
        }
    }

    /// <inheritdoc/>
    public override Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default)
        => IsTerminal ? new DockerExecution(engine).ResizeExecAsync(container, id, size, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    /// <exception cref="ZLayerException">CommandStartFailed; ContainerNotRunning when the container ended before the command.</exception>
    public override async Task<int> WaitAsync(CancellationToken cancellationToken = default)
    {
        // The end of the output comes with the end of the command, or a little before; a command may also close its output and go on.
        var untold = 0;
        for (var pause = TimeSpan.FromMilliseconds(1); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await _outputEnded.Task.WaitAsync(LongestPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            var state = await new DockerExecution(engine).InspectExecAsync(container, id, cancellationToken).ConfigureAwait(false);
            if (!state.Running && state.ExitCode is null && _outputEnded.Task.IsCompleted && ++untold == MostUntold)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.RuntimeError, $"Cannot run '{options.Command[0]}' in the container '{container}': the engine does not tell how the command ended.")
                {
                    Subject = container,
                    Advice = "Look into the engine's log.",
                };
            }

            if (!state.Running && state.ExitCode is { } code)
            {
                return _startFailure is { } reason && state.Pid == 0 && code is 125 or 126 or 127
                    ? throw await NotStartedAsync(reason, (int)code, cancellationToken).ConfigureAwait(false)
                    : ContainerMapping.ExitCode(code);
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    // Stricter than for an error of the engine: a program may speak of runtimes, too.
    private static bool MayTellOfFailure(LogChunk chunk)
        => chunk.Data.Span.StartsWith("OCI runtime"u8) || chunk.Data.Span.IndexOf("exec failed"u8) >= 0;

    // Podman writes "Error: " before its reason, and a line of its own after it.
    private static string ReasonOf(LogChunk chunk)
    {
        var said = Encoding.UTF8.GetString(chunk.Data.Span).Trim();
        return said.StartsWith(PodmanPrefix, StringComparison.Ordinal) ? said[PodmanPrefix.Length..].Split('\n')[0].TrimEnd() : said;
    }

    // The program may be blamed only where the container could have run it.
    private async Task<ZLayerException> NotStartedAsync(string reason, int exitCode, CancellationToken cancellationToken)
    {
        var state = (await new DockerInspection(engine).InspectContainerAsync(container, cancellationToken).ConfigureAwait(false)).State;
        return state == ContainerState.Running
            ? new ZLayerException(
                ZLayerErrorKind.CommandStartFailed, $"Cannot run '{options.Command[0]}' in the container '{container}': {reason}.")
            {
                Subject = options.Command[0],
                // Docker before 23 says 126 of every command that did not start.
                ExitCode = EngineFailure.ExitCodeOf(reason) ?? exitCode,
                Advice = StartAdvice,
            }
            : new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning, $"Cannot run '{options.Command[0]}' in the container '{container}': it ended before the command started ({reason}).")
            {
                Subject = container,
                Advice = "Start the container again; its logs may tell why it ended.",
            };
    }
}
