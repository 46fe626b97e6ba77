using System.Buffers;

namespace ZLayer.Core.Images.Archives;

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
}
