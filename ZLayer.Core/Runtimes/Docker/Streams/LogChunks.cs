using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>Makes the chunks of the contract of the engine's output, with the times that the engine puts before them.</summary>
internal static class LogChunks
{
    /// <summary>Output with nothing before it.</summary>
    public static async IAsyncEnumerable<LogChunk> ReadAsync(
        OutputReader output, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await output.ReadAsync(cancellationToken).ConfigureAwait(false) is { } piece)
        {
            yield return new LogChunk(piece.Stream, piece.Data.ToArray());
        }
    }

    /// <summary>Frames that begin with a time each. The parts into which an engine splits a long line have one each too.</summary>
    public static async IAsyncEnumerable<LogChunk> ReadTimedFramesAsync(
        OutputReader output, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset? time = null;
        var nanoseconds = 0;
        while (await output.ReadAsync(cancellationToken).ConfigureAwait(false) is { } piece)
        {
            var data = piece.Data;
            if (piece.BeginsFrame)
            {
                time = EngineTime.TryRead(data.Span, out var written, out nanoseconds, out var length) ? written : null;
                data = data[length..];
            }

            if (!data.IsEmpty)
            {
                yield return new LogChunk(piece.Stream, data.ToArray(), time) { Nanoseconds = nanoseconds };
            }
        }
    }

    /// <summary>The log of a terminal: no frames, and a time before each line.</summary>
    /// <param name="output">The log.</param>
    /// <param name="hasDetails">Whether attributes follow each time.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<LogChunk> ReadTimedLinesAsync(
        OutputReader output, bool hasDetails, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new TimedLines(hasDetails);
        var chunks = new List<LogChunk>();
        while (await output.ReadAsync(cancellationToken).ConfigureAwait(false) is { } piece)
        {
            lines.Add(piece.Data.Span, chunks);
            foreach (var chunk in chunks)
            {
                yield return chunk;
            }

            chunks.Clear();
        }

        lines.Complete(chunks);
        foreach (var chunk in chunks)
        {
            yield return chunk;
        }
    }
}
