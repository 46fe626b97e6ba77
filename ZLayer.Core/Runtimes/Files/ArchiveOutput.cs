using System.IO.Pipelines;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// The writing end of an archive that another thread sends: it waits while the receiver is slow and fails when the receiver is gone.
/// </summary>
internal sealed class ArchiveOutput(PipeWriter pipe, IProgress<long>? progress, CancellationToken cancellationToken) : ForwardStream
{
    private long _written;

    public override bool CanWrite => true;

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
}
