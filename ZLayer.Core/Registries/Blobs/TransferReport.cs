using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>Reports the progress of one blob, seldom enough that reporting costs nothing.</summary>
internal sealed class TransferReport(IProgress<TransferProgress>? progress, Descriptor blob)
{
    private const int Interval = 100; // milliseconds

    private readonly string _id = blob.Digest.ShortHex;
    private long _last = Environment.TickCount64;

    public void Report(TransferStatus status, long current = 0)
        => progress?.Report(new TransferProgress(_id, status, current, blob.Size));

    /// <summary>Says how many bytes have moved, unless it was said a moment ago.</summary>
    public void Moved(long current)
    {
        if (progress is not null && Environment.TickCount64 - _last >= Interval)
        {
            _last = Environment.TickCount64;
            Report(TransferStatus.Transferring, current);
        }
    }
}
