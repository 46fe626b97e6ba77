using System.IO.Compression;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>Reads a gzip stream of one or more members, and refuses one that is damaged or cut short.</summary>
/// <remarks>
/// <see cref="GZipStream"/> verifies the checksum of each member, but takes the end of its input for the end of the content
/// even in the middle of a member. So a last member of our own is put behind the input: only if its content comes out at
/// the end was everything before it complete. Zeros behind the input are padding, and no part of it.
/// </remarks>
internal sealed class GzipContentStream : ForwardStream
{
    private static readonly byte[] LastContent = "complete to here"u8.ToArray();
    private static readonly byte[] LastMember = CompressLastMember();

    private const int BufferSize = 16 * 1024;

    private readonly ExtendedStream _input;
    private readonly GZipStream _gzip;
    private readonly byte[] _held = new byte[LastContent.Length];
    private int _heldLength;
    private bool _ended;

    public GzipContentStream(Stream input, bool leaveOpen)
    {
        _input = new ExtendedStream(input, leaveOpen, LastMember);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
        {
            return _ended ? TakeHeld(buffer) : 0;
        }

        try
        {
            // The last bytes seen are always held back, as they may be those of the last member.
            while (_heldLength < _held.Length)
            {
                var filled = _gzip.Read(_held, _heldLength, _held.Length - _heldLength);
                _heldLength += filled;
                if (filled == 0)
                {
                    return RequireEnd(buffer);
                }
            }

            var count = _gzip.Read(buffer);
            return count == 0 ? RequireEnd(buffer) : Exchange(buffer[..count]);
        }
        catch (InvalidDataException e)
        {
            throw Decompression.Damaged("gzip", "the data is damaged or cut short", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private int RequireEnd(Span<byte> buffer)
    {
        if (_held.AsSpan(0, _heldLength).SequenceEqual(LastContent))
        {
            _heldLength = 0;
        }
        else if (!_input.EndsWithPadding)
        {
            throw Decompression.Damaged("gzip", "the data is cut short, or followed by something else");
        }

        _ended = true;
        return TakeHeld(buffer);
    }

    // What was held back is content where no last member came.
    private int TakeHeld(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _heldLength);
        _held.AsSpan(0, count).CopyTo(buffer);
        _held.AsSpan(count, _heldLength - count).CopyTo(_held);
        _heldLength -= count;
        return count;
    }

    /// <summary>Gives the bytes held before in front of the new ones, and holds as many of the new ones.</summary>
    private int Exchange(Span<byte> fresh)
    {
        Span<byte> next = stackalloc byte[LastContent.Length];
        if (fresh.Length >= _held.Length)
        {
            fresh[^_held.Length..].CopyTo(next);
            fresh[..^_held.Length].CopyTo(fresh[_held.Length..]);
            _held.CopyTo(fresh);
        }
        else
        {
            _held.AsSpan(fresh.Length).CopyTo(next);
            fresh.CopyTo(next[^fresh.Length..]);
            _held.AsSpan(0, fresh.Length).CopyTo(fresh);
        }

        next.CopyTo(_held);
        return fresh.Length;
    }

    private static byte[] CompressLastMember()
    {
        var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(LastContent);
        }

        return member.ToArray();
    }

    /// <summary>
    /// A stream, then a few bytes more. The zeros at its end come by themselves: the decoder reads on from a piece that it has used up, and
    /// not from one in which it finds something else behind the content.
    /// </summary>
    private sealed class ExtendedStream(Stream stream, bool leaveOpen, byte[] extension) : ForwardStream
    {
        private readonly byte[] _buffer = new byte[BufferSize];
        private int _start;
        private int _end;

        // Held back until more comes: the last byte that is not zero, and how many zeros there are behind it. Then what of them is still to
        // be given.
        private int _held = -1;
        private long _zeros;
        private int _heldToGive = -1;
        private long _zerosToGive;
        private int _taken = -1;

        /// <summary>
        /// Whether what was read last are the zeros at the end: where the decoder stopped there, they are the padding of a tape or block
        /// device.
        /// </summary>
        public bool EndsWithPadding { get; private set; }

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty)
            {
                return 0;
            }

            if (_taken < 0 && IsEmpty && !TryFill())
            {
                // The last byte by itself, then the zeros.
                _taken = 0;
                _zerosToGive = _zeros;
                if (_held >= 0)
                {
                    buffer[0] = (byte)_held;
                    return 1;
                }
            }

            EndsWithPadding = _taken == 0 && !IsEmpty;
            if (!IsEmpty)
            {
                return Give(buffer);
            }

            var count = Math.Min(buffer.Length, extension.Length - _taken);
            extension.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !leaveOpen)
            {
                stream.Dispose();
            }

            base.Dispose(disposing);
        }

        private bool IsEmpty => _heldToGive < 0 && _zerosToGive == 0 && _start == _end;

        /// <summary>Reads up to the next byte that is not zero at least; false at the end.</summary>
        private bool TryFill()
        {
            while (stream.Read(_buffer) is > 0 and var count)
            {
                var last = _buffer.AsSpan(0, count).LastIndexOfAnyExcept((byte)0);
                if (last < 0)
                {
                    _zeros += count;
                    continue;
                }

                (_heldToGive, _zerosToGive, _start, _end) = (_held, _zeros, 0, last);
                (_held, _zeros) = (_buffer[last], count - 1 - last);
                if (!IsEmpty)
                {
                    return true;
                }
            }

            return false;
        }

        private int Give(Span<byte> buffer)
        {
            var given = 0;
            if (_heldToGive >= 0)
            {
                buffer[given++] = (byte)_heldToGive;
                _heldToGive = -1;
            }

            var zeros = (int)Math.Min(_zerosToGive, buffer.Length - given);
            buffer.Slice(given, zeros).Clear();
            _zerosToGive -= zeros;
            given += zeros;
            if (_zerosToGive == 0)
            {
                var count = Math.Min(_end - _start, buffer.Length - given);
                _buffer.AsSpan(_start, count).CopyTo(buffer[given..]);
                _start += count;
                given += count;
            }

            return given;
        }
    }
}
