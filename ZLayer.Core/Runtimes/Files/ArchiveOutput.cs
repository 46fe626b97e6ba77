using System.IO.Pipelines;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>The writing end of an archive that another thread sends: it waits while the receiver is slow and fails when the receiver is gone.</summary>
internal sealed class ArchiveOutput(PipeWriter pipe, IProgress<long>? progress, CancellationToken cancellationToken) : Stream
{
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(pipe.GetSpan(buffer.Length));
        pipe.Advance(buffer.Length);
        var flush = pipe.FlushAsync(cancellationToken);
        if ((flush.IsCompletedSuccessfully ? flush.Result : flush.AsTask().GetAwaiter().GetResult()).IsCompleted)
        {
            throw new OperationCanceledException("The receiver of the archive is gone.");
        }

        progress?.Report(_written += buffer.Length);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
