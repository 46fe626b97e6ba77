using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Testing;

/// <summary>The writing end of a process's input.</summary>
internal sealed class FakeInputStream(Action<byte[]> send) : ForwardStream
{
    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer) => send(buffer.ToArray());
}
