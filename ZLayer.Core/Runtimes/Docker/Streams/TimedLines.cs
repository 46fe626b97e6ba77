using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>
/// Takes the times out of the log of a terminal. An engine writes one before each entry of its log, and an entry is a line, or 16 KiB of a
/// longer one (moby, daemon/logger/copier.go), so a time is also looked for after each 16 KiB without a line's end.
/// </summary>
internal sealed class TimedLines
{
    private const int EntryLength = 16 * 1024;

    private readonly byte[] _head = new byte[EngineTime.MaximumLength];
    private int _headLength;
    private int _entryLength;
    private bool _inEntry;
    private DateTimeOffset? _time;

    /// <summary>Takes bytes and gives what of them is the process's own.</summary>
    public void Add(ReadOnlySpan<byte> bytes, List<LogChunk> chunks)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[(_inEntry ? TakeContent(bytes, chunks) : TakeHead(bytes, chunks))..];
        }
    }

    /// <summary>Gives what was kept back because it could have become a time.</summary>
    public void Complete(List<LogChunk> chunks)
    {
        if (_headLength > 0)
        {
            BeginEntry(chunks);
        }
    }

    private int TakeHead(ReadOnlySpan<byte> bytes, List<LogChunk> chunks)
    {
        var taken = 0;
        while (taken < bytes.Length && _headLength < _head.Length)
        {
            var value = bytes[taken++];
            _head[_headLength++] = value;
            if (value is (byte)' ' or (byte)'\n')
            {
                BeginEntry(chunks);
                return taken;
            }
        }

        if (_headLength == _head.Length)
        {
            BeginEntry(chunks);
        }

        return taken;
    }

    private void BeginEntry(List<LogChunk> chunks)
    {
        var head = _head.AsSpan(0, _headLength);
        _headLength = 0;
        _inEntry = true;
        if (EngineTime.TryRead(head, out var time, out var length))
        {
            _time = time;
            _entryLength = 0;
            head = head[length..];
        }

        while (!head.IsEmpty)
        {
            head = head[TakeContent(head, chunks)..];
        }
    }

    private int TakeContent(ReadOnlySpan<byte> bytes, List<LogChunk> chunks)
    {
        var limit = Math.Min(bytes.Length, EntryLength - _entryLength);
        var end = bytes[..limit].IndexOf((byte)'\n');
        var count = end < 0 ? limit : end + 1;
        chunks.Add(new LogChunk(LogStream.StdOut, bytes[..count].ToArray(), _time));
        _entryLength += count;
        if (end >= 0 || _entryLength == EntryLength)
        {
            _inEntry = false;
            _entryLength = 0;
        }

        return count;
    }
}
