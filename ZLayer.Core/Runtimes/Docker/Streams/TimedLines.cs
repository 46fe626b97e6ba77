using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>
/// Takes the times out of the log of a terminal. An engine writes one before each entry of its log, and an entry is a line, or 16 KiB of a
/// longer one (moby, daemon/logger/copier.go), so a time is also looked for after each 16 KiB without a line's end.
/// </summary>
/// <param name="hasDetails">Whether attributes and a space follow each time; they do not count into the 16 KiB.</param>
internal sealed class TimedLines(bool hasDetails)
{
    private const int EntryLength = 16 * 1024;

    private readonly byte[] _head = new byte[EngineTime.MaximumLength];
    private int _headLength;
    private int _entryLength;
    private bool _inEntry;
    private bool _inDetails;
    private DateTimeOffset? _time;
    private int _nanoseconds;

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
        if (EngineTime.TryRead(head, out var time, out var nanoseconds, out var length))
        {
            _nanoseconds = nanoseconds;
            _time = time;
            _entryLength = 0;
            _inDetails = hasDetails;
            head = head[length..];
        }

        while (!head.IsEmpty)
        {
            head = head[TakeContent(head, chunks)..];
        }
    }

    private int TakeContent(ReadOnlySpan<byte> bytes, List<LogChunk> chunks)
    {
        var details = _inDetails ? TakeDetails(bytes) : 0;
        var limit = Math.Min(bytes.Length, details + EntryLength - _entryLength);
        var end = bytes[..limit].IndexOf((byte)'\n');
        var count = end < 0 ? limit : end + 1;
        chunks.Add(new LogChunk(LogStream.StdOut, bytes[..count].ToArray(), _time) { Nanoseconds = _nanoseconds });
        _entryLength += Math.Max(0, count - details);
        if (end >= 0 || _entryLength == EntryLength)
        {
            _inEntry = false;
            _inDetails = false;
            _entryLength = 0;
        }

        return count;
    }

    // How many of the bytes are attributes: they are encoded, so that the first space ends them.
    private int TakeDetails(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)' ');
        _inDetails = end < 0;
        return end < 0 ? bytes.Length : end + 1;
    }
}
