namespace ZLayer.Core.Layers;

/// <summary>The content of whatever entry a <see cref="LayerTarReader"/> stands on.</summary>
internal sealed class TarContentStream(LayerTarReader reader) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => reader.ContentLength;

    public override long Position
    {
        get => reader.ContentPosition;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => reader.ReadContent(buffer);

    public override int Read(byte[] buffer, int offset, int count) => reader.ReadContent(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
