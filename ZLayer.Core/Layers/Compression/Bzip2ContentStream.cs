using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>Reads bzip2 streams one after the other.</summary>
internal sealed class Bzip2ContentStream(Stream input, bool leaveOpen) : ForwardStream
{
    private readonly DecoderInput _input = new(input, leaveOpen);
    private Stream? _content;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            // Opening it reads the header, and makes the tables.
            _content ??= BZip2Stream.Create(_input, CompressionMode.Decompress, decompressConcatenated: true, leaveOpen: true);
            return buffer.IsEmpty ? 0 : _content.Read(buffer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _input.ThrowFailure();
            throw Decompression.Damaged("bzip2", "the data is damaged or cut short", e);
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
