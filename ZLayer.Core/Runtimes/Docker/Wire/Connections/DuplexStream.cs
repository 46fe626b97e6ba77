using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A connection: a stream in both directions whose sending side can be closed alone. Reading and writing may go on at once.
/// </summary>
/// <param name="inner">The bytes.</param>
/// <param name="closeWrite">Closes the sending side.</param>
/// <param name="release">Ends what carries the bytes, after <paramref name="inner"/> is disposed.</param>
internal sealed class DuplexStream(Stream inner, Func<CancellationToken, Task> closeWrite, Action? release = null) : AsyncForwardStream
{
    private int _disposed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Why the connection ended, where what carries it can tell: the last words of ssh.</summary>
    public Func<string?> LastWords { get; init; } = () => null;

    /// <summary>Says that nothing more is sent; the other side may go on.</summary>
    public Task CloseWriteAsync(CancellationToken cancellationToken) => closeWrite(cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => inner.ReadAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => inner.WriteAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            inner.Dispose();
            release?.Invoke();
        }

        base.Dispose(disposing);
    }
}
