using System.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Reads lines and bytes from a connection, ahead and in large pieces.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class ConnectionReader(DuplexStream connection)
{
    private const int LongestLine = 32 * 1024;
    private const int Capacity = 64 * 1024;

    private readonly byte[] _buffer = new byte[Capacity];
    private int _start;
    private int _end;

    public DuplexStream Connection => connection;

    /// <summary>What was read and not yet taken.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Takes the first bytes of what is buffered.</summary>
    public void Advance(int count) => _start += count;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        Buffered[..count].CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    /// <summary>A line without its end.</summary>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The line is longer than any that HTTP needs.</exception>
    public async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTakeLine(out var line))
            {
                return Encoding.Latin1.GetString(line);
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new EndOfStreamException();
            }
        }
    }

    /// <summary>Takes a line without its end if all of it is buffered.</summary>
    /// <exception cref="InvalidDataException">The line is longer than any that HTTP needs.</exception>
    public bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        var length = Buffered.IndexOf((byte)'\n');
        if (length < 0)
        {
            line = default;
            return _end - _start < LongestLine ? false : throw new InvalidDataException("a line is too long");
        }

        line = Buffered[..length].TrimEnd((byte)'\r');
        _start += length + 1;
        return true;
    }

    /// <summary>Waits for more bytes and adds them to what is buffered, which must leave room.</summary>
    /// <returns>False at the end of the connection.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        Buffered.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var count = await connection.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
