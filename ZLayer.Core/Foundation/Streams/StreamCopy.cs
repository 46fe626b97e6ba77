using System.Buffers;

namespace ZLayer.Core.Foundation.Streams;

/// <summary>Copies streams so that they can be stopped.</summary>
internal static class StreamCopy
{
    private const int BlockSize = 1024 * 1024;

    /// <summary>Copies what is left of one stream into another.</summary>
    public static void Copy(Stream source, Stream destination, CancellationToken cancellationToken, Action<int>? copied = null)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            for (int count; (count = source.Read(buffer, 0, BlockSize)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                destination.Write(buffer.AsSpan(0, count));
                copied?.Invoke(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies what is left of one stream into another, and tells how many bytes went by.</summary>
    public static async Task CopyAsync(Stream source, Stream destination, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            for (long copied = 0; await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count; progress?.Report(copied += count))
            {
                await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
