using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Transfers;

/// <summary>Counts the bytes on their way to another stream, which it flushes and leaves open.</summary>
internal sealed class CountingStream(Stream destination) : ForwardStream
{
    public override bool CanWrite => true;

    /// <summary>The bytes so far.</summary>
    public long Written { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        destination.Write(buffer);
        Written += buffer.Length;
    }

    public override void Flush() => destination.Flush();
}
