using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>
/// Reads the output of processes as the engine sends it: frames of 8 bytes of header and a payload (Engine API, "Stream format" of
/// ContainerAttach), or the bare bytes of a terminal. A frame that fits in the buffer comes whole; a larger one comes in pieces, so that
/// what its header promises is never allocated.
/// </summary>
/// <remarks>Not safe for concurrent use. The stream is not disposed.</remarks>
internal sealed class OutputReader(Stream stream, bool isFramed) : IDisposable
{
    /// <summary>The length of the largest piece.</summary>
    public const int MaximumPiece = 64 * 1024;

    private const int HeaderLength = 8;
    private const int LongestReport = 4096;
    private const byte SystemError = 3;

    private readonly int _capacity = MaximumPiece + HeaderLength;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(MaximumPiece + HeaderLength);
    private int _start;
    private int _end;
    private LogStream _frame;
    private uint _remaining;
    private bool _ended;

    /// <summary>The next piece; null at the end.</summary>
    /// <exception cref="ZLayerException">
    /// RuntimeUnavailable when the connection breaks, also inside of a frame; RuntimeError when the engine reports a failure in the stream,
    /// or sends something else than frames.
    /// </exception>
    public ValueTask<OutputPiece?> ReadAsync(CancellationToken cancellationToken)
        => TryTake(out var piece) ? ValueTask.FromResult<OutputPiece?>(piece) : ReadSlowlyAsync(cancellationToken);

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(OutputReader));

    private int Available => _end - _start;

    private async ValueTask<OutputPiece?> ReadSlowlyAsync(CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
            if (TryTake(out var piece))
            {
                return piece;
            }
        }

        return isFramed && (_remaining > 0 || Available > 0)
            ? throw new ZLayerException(
                ZLayerErrorKind.RuntimeUnavailable, "Reading output from the engine: the connection was closed inside of a frame.")
            {
                Advice = "See whether the engine still runs, then try again.",
            }
            : null;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        Buffer.AsSpan(_start, Available).CopyTo(Buffer);
        (_start, _end) = (0, Available);
        var count = await stream.ReadAsync(Buffer.AsMemory(_end, _capacity - _end), cancellationToken).ConfigureAwait(false);
        _end += count;
        _ended = count == 0;
    }

    private bool TryTake(out OutputPiece piece)
    {
        piece = default;
        if (!isFramed)
        {
            return TryTakeBytes(LogStream.StdOut, Available, beginsFrame: true, ref piece);
        }

        if (_remaining > 0)
        {
            return TryTakeBytes(_frame, (int)Math.Min(_remaining, (uint)Available), beginsFrame: false, ref piece);
        }

        while (Available >= HeaderLength)
        {
            var length = ReadHeader(out var type);
            if (!_ended && Available - HeaderLength < Math.Min(length, MaximumPiece))
            {
                return false;
            }

            _start += HeaderLength;
            _remaining = length;
            if (type == SystemError)
            {
                throw Reported(Buffer.AsSpan(_start, (int)Math.Min(length, (uint)Available)));
            }

            _frame = (LogStream)type;
            if (length > 0)
            {
                return TryTakeBytes(_frame, (int)Math.Min(length, (uint)Available), beginsFrame: true, ref piece);
            }
        }

        return false;
    }

    private bool TryTakeBytes(LogStream from, int count, bool beginsFrame, ref OutputPiece piece)
    {
        if (count == 0)
        {
            return false;
        }

        count = Math.Min(count, MaximumPiece);
        piece = new OutputPiece(from, Buffer.AsMemory(_start, count), beginsFrame);
        _start += count;
        _remaining -= isFramed ? (uint)count : 0;
        return true;
    }

    private uint ReadHeader(out byte type)
    {
        var header = Buffer.AsSpan(_start, HeaderLength);
        type = header[0];
        return type <= SystemError && (header[1] | header[2] | header[3]) == 0
            ? BinaryPrimitives.ReadUInt32BigEndian(header[4..])
            : throw new ZLayerException(
                ZLayerErrorKind.RuntimeError, "Reading output from the engine: what it sends are not the frames of its API.");
    }

    private static ZLayerException Reported(ReadOnlySpan<byte> message)
        => new(ZLayerErrorKind.RuntimeError, $"Reading output from the engine: it broke off: {EngineFailure.Cut(Encoding.UTF8.GetString(message).Trim(), LongestReport)}");
}
