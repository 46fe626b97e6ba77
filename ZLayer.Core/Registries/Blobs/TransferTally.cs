using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>Counts what became of the blobs of one push or copy. Blobs may end at the same time.</summary>
internal sealed class TransferTally
{
    private int _uploaded;
    private int _mounted;
    private int _skipped;
    private long _bytes;

    /// <summary>Blobs that were sent.</summary>
    public int Uploaded => _uploaded;

    /// <summary>Blobs that the registry took over from another repository.</summary>
    public int Mounted => _mounted;

    /// <summary>Blobs that were there.</summary>
    public int Skipped => _skipped;

    /// <summary>The bytes of the blobs that were sent.</summary>
    public long Bytes => _bytes;

    /// <summary>Counts a blob.</summary>
    public void Count(BlobUploadOutcome outcome, Descriptor blob)
    {
        switch (outcome)
        {
            case BlobUploadOutcome.Uploaded:
                Interlocked.Increment(ref _uploaded);
                Interlocked.Add(ref _bytes, blob.Size);
                break;
            case BlobUploadOutcome.Mounted:
                Interlocked.Increment(ref _mounted);
                break;
            default:
                Interlocked.Increment(ref _skipped);
                break;
        }
    }
}
