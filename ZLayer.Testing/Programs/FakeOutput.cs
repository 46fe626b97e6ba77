using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>What a process wrote: as it wrote it, for those who are attached, and line by line, for logs.</summary>
internal sealed class FakeOutput
{
    private readonly Dictionary<LogStream, List<byte>> _unfinished = [];

    /// <summary>The writes.</summary>
    public List<LogChunk> Chunks { get; } = [];

    /// <summary>The lines with their ends; the last one of a process may have none.</summary>
    public List<LogChunk> Lines { get; } = [];

    public void Write(LogStream stream, ReadOnlySpan<byte> bytes, DateTimeOffset time)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        Chunks.Add(new LogChunk(stream, bytes.ToArray(), time));
        var pending = _unfinished.TryGetValue(stream, out var known) ? known : _unfinished[stream] = [];
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            pending.AddRange(bytes[..(end + 1)]);
            Lines.Add(new LogChunk(stream, pending.ToArray(), time));
            pending.Clear();
            bytes = bytes[(end + 1)..];
        }

        pending.AddRange(bytes);
    }

    /// <summary>Ends the lines that have no end.</summary>
    public void Flush(DateTimeOffset time)
    {
        foreach (var (stream, pending) in _unfinished.Where(u => u.Value.Count > 0))
        {
            Lines.Add(new LogChunk(stream, pending.ToArray(), time));
            pending.Clear();
        }
    }

    /// <summary>All bytes of one stream.</summary>
    public byte[] BytesOf(LogStream stream) => [.. Chunks.Where(c => c.Stream == stream).SelectMany(c => c.Data.ToArray())];

    public static LogRecord ToRecord(LogChunk line, string container, string runtime)
    {
        var (lines, records) = (new LogLines(container, runtime), new List<LogRecord>());
        lines.Add(line, records);
        lines.Complete(records);
        return records[0] with { Time = line.Timestamp ?? default };
    }
}
