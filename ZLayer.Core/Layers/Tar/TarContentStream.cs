using ZLayer.Core.Foundation.Streams;

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

    /// <summary>Jumps over a hole where one is next: how many zeros it has, or 0.</summary>
    public long SkipHole() => reader.SkipHole();

    public override int Read(Span<byte> buffer) => reader.ReadContent(buffer);
}
