namespace ZLayer.Core.Layers;

/// <summary>The content of whatever entry a <see cref="LayerTarReader"/> stands on.</summary>
internal sealed class TarContentStream(LayerTarReader reader) : ForwardStream
{
    public override bool CanRead => true;

    public override long Length => reader.ContentLength;

    public override long Position
    {
        get => reader.ContentPosition;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => reader.ReadContent(buffer);
}
