using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace ZLayer.Core.Runtimes.Observation;

/// <summary>
/// Makes lines of what a process wrote in pieces. Each stream has lines of its own; a line comes when its end does, so that lines keep the
/// order in which they were completed. Bytes that are not UTF-8 survive in <see cref="LogRecord.Bytes"/>.
/// </summary>
/// <remarks>Memory holds the unfinished lines only. Not safe for concurrent use.</remarks>
public sealed class LogLines
{
    /// <summary>
    /// The longest line in bytes: a longer one comes in several records, so that a process that never ends a line does not fill memory.
    /// </summary>
    internal const int MaximumLine = 64 * 1024 * 1024;

    private readonly string _containerName;
    private readonly string _runtime;
    private readonly TimeProvider _clock;
    private readonly Unfinished[] _unfinished = [new(LogStream.StdIn), new(LogStream.StdOut), new(LogStream.StdErr)];

    /// <summary>Creates it.</summary>
    /// <param name="containerName">The container that the lines name.</param>
    /// <param name="runtime">The runtime that the lines name.</param>
    /// <param name="clock">Tells the time of what comes without one; null is the system's clock.</param>
    internal LogLines(string containerName, string runtime, TimeProvider? clock = null)
    {
        _containerName = containerName;
        _runtime = runtime;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The lines of a sequence of pieces, as they come.</summary>
    /// <param name="chunks">The pieces.</param>
    /// <param name="containerName">The container that the lines name.</param>
    /// <param name="runtime">The runtime that the lines name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<LogRecord> ReadAsync(
        IAsyncEnumerable<LogChunk> chunks, string containerName, string runtime, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var lines = new LogLines(containerName, runtime);
        var completed = new List<LogRecord>();
        await foreach (var chunk in chunks.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            lines.Add(chunk, completed);
            foreach (var line in completed)
            {
                yield return line;
            }

            completed.Clear();
        }

        lines.Complete(completed);
        foreach (var line in completed)
        {
            yield return line;
        }
    }

    /// <summary>Takes a piece.</summary>
    /// <param name="chunk">The piece; its bytes are kept where a line lies in it whole.</param>
    /// <param name="completed">Where the lines go that it completes.</param>
    internal void Add(LogChunk chunk, ICollection<LogRecord> completed)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ArgumentNullException.ThrowIfNull(completed);
        var unfinished = _unfinished[(int)chunk.Stream];
        var time = chunk.Timestamp ?? _clock.GetUtcNow();
        var rest = chunk.Data;
        while (rest.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            completed.Add(unfinished.IsEmpty ? Whole(chunk.Stream, time, rest[..end]) : Join(unfinished, rest[..end]));
            rest = rest[(end + 1)..];
        }

        if (!rest.IsEmpty)
        {
            unfinished.Append(rest.Span, time);
            if (unfinished.Length >= MaximumLine)
            {
                completed.Add(Line(chunk.Stream, unfinished.Began, unfinished.Take(), ""));
            }
        }
    }

    /// <summary>Takes the end of the output: what is left are lines without an end.</summary>
    /// <param name="completed">Where they go, the one that began first before the others.</param>
    internal void Complete(ICollection<LogRecord> completed)
    {
        ArgumentNullException.ThrowIfNull(completed);
        foreach (var unfinished in _unfinished.Where(u => !u.IsEmpty).OrderBy(u => u.Began))
        {
            completed.Add(Line(unfinished.Stream, unfinished.Began, unfinished.Take(), ""));
        }
    }

    private LogRecord Join(Unfinished unfinished, ReadOnlyMemory<byte> rest)
    {
        unfinished.Append(rest.Span, unfinished.Began);
        return Whole(unfinished.Stream, unfinished.Began, unfinished.Take());
    }

    private LogRecord Whole(LogStream stream, DateTimeOffset time, ReadOnlyMemory<byte> bytes)
        => !bytes.IsEmpty && bytes.Span[^1] == '\r' ? Line(stream, time, bytes[..^1], "\r\n") : Line(stream, time, bytes, "\n");

    private LogRecord Line(LogStream stream, DateTimeOffset time, ReadOnlyMemory<byte> bytes, string terminator) => new()
    {
        Time = time,
        Stream = stream,
        Text = Encoding.UTF8.GetString(bytes.Span),
        Bytes = bytes,
        Terminator = terminator,
        ContainerName = _containerName,
        Runtime = _runtime,
    };

    /// <summary>The beginning of a line. Its buffer is let go with the line, as one line may be very long.</summary>
    private sealed class Unfinished(LogStream stream)
    {
        private ArrayBufferWriter<byte>? _bytes;

        public LogStream Stream => stream;

        public DateTimeOffset Began { get; private set; }

        public int Length => _bytes?.WrittenCount ?? 0;

        public bool IsEmpty => _bytes is null;

        public void Append(ReadOnlySpan<byte> bytes, DateTimeOffset time)
        {
            if (_bytes is null)
            {
                _bytes = new ArrayBufferWriter<byte>();
                Began = time;
            }

            _bytes.Write(bytes);
        }

        public ReadOnlyMemory<byte> Take()
        {
            var line = _bytes?.WrittenMemory ?? default;
            _bytes = null;
            return line;
        }
    }
}
