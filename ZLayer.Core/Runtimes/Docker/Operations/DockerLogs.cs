using System.Globalization;
using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes.Docker.Streams;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>What containers wrote.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerLogs(ChosenEngine engine)
{
    public Task<IReadOnlyList<LogRecord>> GetContainerLogsAsync(string container, int tail, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tail);
        return ReadLinesAsync(container, new LogOptions { Tail = tail, Timestamps = true }, cancellationToken);
    }

    public Task<IReadOnlyList<LogRecord>> GetLogsAsync(string container, CancellationToken cancellationToken = default)
        => ReadLinesAsync(container, new LogOptions { Timestamps = true }, cancellationToken);

    public async IAsyncEnumerable<LogChunk> StreamLogsAsync(
        string container, LogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var log = await engine.Client.OpenAsync(LogRequest(id, container, options), cancellationToken).ConfigureAwait(false);
        await using var closing = log.ConfigureAwait(false);
        var isFramed = await engine.IsFramedAsync(log, container, cancellationToken).ConfigureAwait(false);
        using var output = new OutputReader(log, isFramed);
        var chunks = !options.Timestamps ? LogChunks.ReadAsync(output, cancellationToken)
            : isFramed ? LogChunks.ReadTimedFramesAsync(output, cancellationToken)
            : LogChunks.ReadTimedLinesAsync(output, options.Details, cancellationToken);
        await foreach (var chunk in chunks.ConfigureAwait(false))
        {
            yield return chunk;
        }
    }

    private static EngineRequest LogRequest(string id, string container, LogOptions options)
    {
        var both = !options.StdOut && !options.StdErr;
        return EngineRequest.Get($"containers/{id}/logs", EnginePurpose.ForContainer("read the log of", container)) with
        {
            IsTransfer = true,
            Query = new EngineQuery
            {
                { "follow", options.Follow },
                { "stdout", both || options.StdOut },
                { "stderr", both || options.StdErr },
                { "timestamps", options.Timestamps },
                { "details", options.Details ? true : (bool?)null },
                { "since", options.Since },
                { "until", options.Until },
                { "tail", options.Tail?.ToString(CultureInfo.InvariantCulture) ?? "all" },
            },
        };
    }

    private async Task<IReadOnlyList<LogRecord>> ReadLinesAsync(string container, LogOptions options, CancellationToken cancellationToken)
    {
        var lines = new List<LogRecord>();
        await foreach (var line in LogLines.ReadAsync(
            StreamLogsAsync(container, options, cancellationToken), container, engine.Name, cancellationToken).ConfigureAwait(false))
        {
            lines.Add(line);
        }

        return lines;
    }
}
