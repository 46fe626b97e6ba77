using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Streams;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Commands in containers, and their own input and output.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerExecution(ChosenEngine engine)
{
    // It is held several times, as bytes and as text, and no text of .NET has more than 2^30 characters.
    private const int MaximumKeptOutput = 256 * 1024 * 1024;

    private static readonly ApiVersion ConsoleSizeVersion = new(1, 42);

    public async Task<ExecResult> ExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        var session = await OpenExecAsync(container, options, cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var chunk in session.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (output.Length + error.Length + chunk.Data.Length > MaximumKeptOutput)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.OperationNotSupported, $"Cannot keep the output of the command in the container '{container}': it is longer than {MaximumKeptOutput / (1024 * 1024)} MiB.")
                {
                    Subject = container,
                    Advice = "Stream the output, or have the command write it into a file.",
                };
            }

            (chunk.Stream == LogStream.StdErr ? error : output).Write(chunk.Data.Span);
        }

        var exitCode = await session.WaitAsync(cancellationToken).ConfigureAwait(false);
        var (rawOutput, rawError) = (output.ToArray(), error.ToArray());
        return new ExecResult
        {
            ExitCode = exitCode,
            StdOut = Encoding.UTF8.GetString(rawOutput),
            StdErr = Encoding.UTF8.GetString(rawError),
            RawStdOut = rawOutput,
            RawStdErr = rawError,
            Duration = clock.Elapsed,
            ContainerName = container,
        };
    }

    public async IAsyncEnumerable<ExecEvent> StreamExecAsync(
        string container, ExecOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var session = await OpenExecAsync(container, options, cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        await foreach (var line in LogLines.ReadAsync(
            session.ReadAsync(cancellationToken), container, engine.Name, cancellationToken).ConfigureAwait(false))
        {
            yield return new ExecOutput(line);
        }

        yield return new ExecExit(await session.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    public async Task<ContainerSession> OpenExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        RequireCommand(container, options);
        var size = options is { Tty: true, TerminalSize: { } wanted } ? wanted : default(TerminalSize?);
        var isKnown = size is not null
            && await engine.Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false) >= ConsoleSizeVersion
            && !await engine.Client.IsPodmanAsync(cancellationToken).ConfigureAwait(false);
        int[]? consoleSize = isKnown ? [size!.Value.Rows, size.Value.Columns] : null;
        var id = await CreateExecAsync(container, options, consoleSize, cancellationToken).ConfigureAwait(false);
        var start = new EngineExecStart { Tty = options.Tty, ConsoleSize = consoleSize };
        var connection = await engine.Client.UpgradeAsync(StartRequest(container, id, start), cancellationToken).ConfigureAwait(false);
        var session = new ExecSession(engine, container, id, connection, options);
        if (size is not null && !isKnown)
        {
            await TryResizeAsync(session, size.Value, cancellationToken).ConfigureAwait(false);
        }

        return session;
    }

    public async Task StartExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
    {
        RequireCommand(container, options);
        var alone = options with { AttachStdIn = false, AttachStdOut = false, AttachStdErr = false };
        var id = await CreateExecAsync(container, alone, consoleSize: null, cancellationToken).ConfigureAwait(false);
        // Only a detached start is answered when the command runs, and with the reason when it cannot.
        await engine.Client.SendAsync(
            StartRequest(container, id, new EngineExecStart { Detach = true, Tty = options.Tty }), cancellationToken).ConfigureAwait(false);
    }

    public async Task<ContainerSession> AttachAsync(string container, AttachOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var attached = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        // Podman prepares a container for its start already when somebody attaches.
        var purpose = EnginePurpose.ForContainer("attach to", container) with
        {
            Refine = (_, said) => ExecSession.TellsOfFailure(said) ? ZLayerErrorKind.ContainerStartFailed : null,
            Advise = DockerLifecycle.AdviseStart,
        };
        var request = EngineRequest.Post($"containers/{attached}/attach", purpose) with
        {
            Query = new EngineQuery
            {
                { "stream", true },
                { "stdin", options.StdIn },
                { "stdout", options.StdOut },
                { "stderr", options.StdErr },
                { "logs", options.Logs },
                { "detachKeys", options.DetachKeys },
            },
        };
        var connection = await engine.Client.UpgradeAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var isTerminal = options.Tty ?? !await engine.IsFramedAsync(connection, container, cancellationToken).ConfigureAwait(false);
            return new AttachedSession(engine, container, connection, isTerminal, options.StdIn);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task ResizeContainerAsync(string container, TerminalSize size, CancellationToken cancellationToken)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        await engine.Client.SendAsync(
            EngineRequest.Post(
                $"containers/{id}/resize", EnginePurpose.ForContainer(
                    "resize the terminal of", container)) with { Query = SizeQuery(size) }, cancellationToken).ConfigureAwait(false);
    }

    public Task ResizeExecAsync(string container, string id, TerminalSize size, CancellationToken cancellationToken)
        => engine.Client.SendAsync(
            EngineRequest.Post($"exec/{id}/resize", ExecPurpose(container)) with { Query = SizeQuery(size) }, cancellationToken);

    public Task<EngineExec> InspectExecAsync(string container, string id, CancellationToken cancellationToken)
        => engine.Client.GetAsync(
            EngineRequest.Get($"exec/{id}/json", ExecPurpose(container)), StreamsJson.Default.EngineExec, cancellationToken);

    private static void RequireCommand(string container, ExecOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Command.Count == 0 || options.Command[0].Length == 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Running a command in the container '{container}': the command is empty.")
            {
                Subject = container,
            };
        }
    }

    private static EngineRequest StartRequest(string container, string id, EngineExecStart start)
        => EngineRequest.Post(
            $"exec/{id}/start", ExecPurpose(container)) with { Body = EngineBody.Json(start, StreamsJson.Default.EngineExecStart) };

    private async Task<string> CreateExecAsync(
        string container, ExecOptions options, int[]? consoleSize, CancellationToken cancellationToken)
    {
        var creation = new EngineExecCreation
        {
            Cmd = options.Command,
            AttachStdin = options.AttachStdIn,
            AttachStdout = options.AttachStdOut,
            AttachStderr = options.AttachStdErr,
            Tty = options.Tty,
            DetachKeys = options.DetachKeys,
            Privileged = options.Privileged,
            User = options.User,
            WorkingDir = options.WorkingDirectory,
            Env = options.Environment.Count == 0 ? null : [.. options.Environment.Select(variable => $"{variable.Key}={variable.Value}")],
            ConsoleSize = consoleSize,
        };
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Post($"containers/{id}/exec", ExecCreationPurpose(container)) with
        {
            Body = EngineBody.Json(creation, StreamsJson.Default.EngineExecCreation),
        };
        var created = await engine.Client.GetAsync(request, StreamsJson.Default.EngineExec, cancellationToken).ConfigureAwait(false);
        return created.Id is { } exec && EnginePath.IsName(exec)
            ? exec
            : throw EngineFailure.Unreadable(request.Purpose, engine.Client.Endpoint, "it has no id");
    }

    /// <summary>
    /// Engines before API 1.42, and Podman, learn the size of a terminal only when the command runs already, which it does a moment later.
    /// </summary>
    private static async Task TryResizeAsync(ExecSession session, TerminalSize size, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 8; attempt++)
        {
            try
            {
                await session.ResizeAsync(size, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ZLayerException)
            {
                // Not there yet, or gone already: the session itself tells the latter.
                await Task.Delay(5 << attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static EngineQuery SizeQuery(TerminalSize size)
        => new() { { "h", size.Rows.ToString(CultureInfo.InvariantCulture) }, { "w", size.Columns.ToString(CultureInfo.InvariantCulture) } };

    /// <summary>A container that is paused runs no commands either.</summary>
    private static EnginePurpose ExecCreationPurpose(string container)
        => EnginePurpose.ForContainer("run a command in", container) with
        {
            Refine = (_, said) => said.Contains("is paused", StringComparison.OrdinalIgnoreCase)
                ? ZLayerErrorKind.ContainerNotRunning
                : null,
            Advise = kind => kind == ZLayerErrorKind.ContainerNotRunning ? "Start the container first, or resume it." : null,
        };

    /// <summary>An engine forgets a command when its container ends, and refuses to tell of it.</summary>
    private static EnginePurpose ExecPurpose(string container)
        => EnginePurpose.ForContainer("run a command in", container) with
        {
            Conflict = ZLayerErrorKind.ContainerNotRunning,
            Refine = (status, said) => ExecSession.TellsOfFailure(said) ? ZLayerErrorKind.CommandStartFailed
                : status == HttpStatusCode.NotFound
                    && said.Contains("exec", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.ContainerNotRunning
                : null,
            Advise = kind => kind == ZLayerErrorKind.CommandStartFailed ? ExecSession.StartAdvice : null,
        };
}
