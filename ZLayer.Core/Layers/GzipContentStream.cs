using System.IO.Compression;

namespace ZLayer.Core.Layers;

/// <summary>Reads a gzip stream of one or more members, and refuses one that is damaged or cut short.</summary>
/// <remarks>
/// <see cref="GZipStream"/> verifies the checksum of each member, but takes the end of its input for the end of the content
/// even in the middle of a member. So a last member of our own is put behind the input: only if its content comes out at
/// the end was everything before it complete.
/// </remarks>
internal sealed class GzipContentStream : ForwardStream
{
    private static readonly byte[] LastContent = "complete to here"u8.ToArray();
    private static readonly byte[] LastMember = CompressLastMember();

    private readonly GZipStream _gzip;
    private readonly byte[] _held = new byte[LastContent.Length];
    private int _heldLength;
    private bool _ended;

    public GzipContentStream(Stream input, bool leaveOpen)
        => _gzip = new GZipStream(new ExtendedStream(input, leaveOpen, LastMember), CompressionMode.Decompress);

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
        {
            return 0;
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
                    return RequireLastMember();
                }
            }

            var count = _gzip.Read(buffer);
            return count == 0 ? RequireLastMember() : Exchange(buffer[..count]);
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

    private int RequireLastMember()
    {
        if (!_held.AsSpan(0, _heldLength).SequenceEqual(LastContent))
        {
            throw Decompression.Damaged("gzip", "the data is cut short, or followed by something else");
        }

        _ended = true;
        return 0;
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

    /// <summary>A stream, then a few bytes more.</summary>
    private sealed class ExtendedStream(Stream stream, bool leaveOpen, byte[] extension) : ForwardStream
    {
        private int _taken = -1;

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            if (_taken < 0)
            {
                var read = stream.Read(buffer);
                if (read > 0 || buffer.IsEmpty)
                {
                    return read;
                }

                _taken = 0;
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
    }
}
