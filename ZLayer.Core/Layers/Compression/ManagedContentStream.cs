using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.ZStandard;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>Reads compressed streams, one after the other, through a decoder of SharpCompress.</summary>
internal sealed class ManagedContentStream : ForwardStream
{
    private readonly string _format;
    private readonly DecoderInput _input;
    private readonly Func<Stream, Stream> _open;
    private Stream? _content;

    private ManagedContentStream(string format, DecoderInput input, Func<Stream, Stream> open)
    {
        _format = format;
        _input = input;
        _open = open;
    }

    public override bool CanRead => true;

    public static ManagedContentStream OfBzip2(Stream input, bool leaveOpen)
        => new(
            "bzip2",
            new DecoderInput(input, leaveOpen),
            stream => BZip2Stream.Create(stream, CompressionMode.Decompress, decompressConcatenated: true, leaveOpen: true));

    /// <summary>Frames of zstd. As with libzstd, windows above 128 MiB are refused, so memory is bounded.</summary>
    public static ManagedContentStream OfZstd(Stream input, bool leaveOpen)
        => new("zstd", new DecoderInput(input, leaveOpen), stream => new DecompressionStream(stream, checkEndOfStream: true, leaveOpen: true));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            // Opening it may read a header already.
            _content ??= _open(_input);
            return buffer.IsEmpty ? 0 : _content.Read(buffer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _input.ThrowFailure();
            throw Decompression.Damaged(_format, "the data is damaged or cut short", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }
}
