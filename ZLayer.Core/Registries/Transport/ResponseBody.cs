using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>Reads the bodies of answers that are held in memory, up to a limit.</summary>
internal static class ResponseBody
{
    /// <summary>The whole body.</summary>
    /// <exception cref="ZLayerException">RegistryProtocolError when it is longer than <paramref name="limit"/> bytes.</exception>
    public static async Task<byte[]> ReadAsync(
        HttpResponseMessage response, int limit, RegistryOptions options, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > limit)
        {
            throw TooLong(response, limit);
        }

        var body = await ReadUpToAsync(response, limit + 1, options, cancellationToken).ConfigureAwait(false);
        return body.Length <= limit ? body : throw TooLong(response, limit);
    }

    /// <summary>The first bytes of the body, at most <paramref name="limit"/>.</summary>
    public static async Task<byte[]> ReadUpToAsync(
        HttpResponseMessage response, int limit, RegistryOptions options, CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(options.ProgressTimeout, cancellationToken);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var buffer = new byte[Math.Min(limit, 16 * 1024)];
                var length = 0;
                int read;
                while (length < limit && (read = await stream.ReadAsync(buffer.AsMemory(length), watch.Token).ConfigureAwait(false)) > 0)
                {
                    watch.Reset();
                    length += read;
                    if (length == buffer.Length && length < limit)
                    {
                        Array.Resize(ref buffer, (int)Math.Min(limit, buffer.Length * 4L));
                    }
                }

                return buffer[..length];
            }
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
    }

    private static ZLayerException TooLong(HttpResponseMessage response, int limit)
        => new(ZLayerErrorKind.RegistryProtocolError,
            $"{response.RequestMessage?.RequestUri?.Authority} sent a document that is longer than {limit / 1024} KiB.")
        {
            Subject = response.RequestMessage?.RequestUri?.Authority,
            Advice = "Check that the address names an image registry; no manifest is that long.",
        };
}
