using System.Buffers;
using System.Net;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>A request body that is a part of a blob, opened when it is sent.</summary>
internal sealed class BlobContent(BlobSource blob, long offset, long length, IdleWatch watch, TransferReport report) : HttpContent
{
    private const int BufferSize = 256 * 1024;

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var opensAtOffset = offset > 0 && blob.OpenAtAsync is not null;
        var source = opensAtOffset
            ? await blob.OpenAtAsync!(offset, cancellationToken).ConfigureAwait(false)
            : await blob.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                if (!opensAtOffset)
                {
                    await SkipAsync(source, buffer, cancellationToken).ConfigureAwait(false);
                }

                await CopyAsync(source, stream, buffer, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async Task SkipAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        if (source.CanSeek)
        {
            source.Position = offset;
            return;
        }

        for (var left = offset; left > 0;)
        {
            left -= await ReadAsync(source, buffer, left, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(Stream source, Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        for (var left = length; left > 0;)
        {
            var read = await ReadAsync(source, buffer, left, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            left -= read;
            watch.Reset();
            report.Moved(offset + length - left);
        }
    }

    private async ValueTask<int> ReadAsync(Stream source, byte[] buffer, long left, CancellationToken cancellationToken)
    {
        try
        {
            var read = await source.ReadAsync(
                buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken).ConfigureAwait(false);
            return read > 0 ? read : throw new EndOfStreamException("it is shorter than its descriptor says");
        }
        catch (IOException e)
        {
            // Our own disk, not the connection: another attempt would not help.
            throw new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Cannot read blob {blob.Descriptor.Digest} to send it: {e.Message}", e)
            {
                Subject = blob.Descriptor.Digest.ToString(),
                Advice = "The store may be damaged: remove the image and make or pull it again.",
            };
        }
    }
}
