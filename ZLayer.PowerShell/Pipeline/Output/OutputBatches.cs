namespace ZLayer.PowerShell.Pipeline;

/// <summary>Writes sequences that come quickly.</summary>
internal static class OutputBatches
{
    // Bounds what waits for a slow pipeline.
    private const int MostObjects = 128;

    /// <summary>
    /// Writes all objects of a sequence. What is there without waiting is handed to the pipeline thread at once, as waking it for each
    /// object would cost more than the objects; nothing is held back while the sequence waits for more.
    /// </summary>
    /// <typeparam name="T">What the objects are.</typeparam>
    /// <param name="sink">Where they go.</param>
    /// <param name="source">The sequence. When it fails, what came before is written first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAllAsync<T>(this IPipelineSink sink, IAsyncEnumerable<T> source, CancellationToken cancellationToken)
    {
        await using var items = source.GetAsyncEnumerator(cancellationToken);
        var batch = new List<object?>();
        while (true)
        {
            var next = items.MoveNextAsync();
            var isThere = next.IsCompletedSuccessfully && batch.Count < MostObjects
                ? await next
                : await WriteMeanwhileAsync(sink, batch, next.AsTask());
            if (!isThere)
            {
                break;
            }

            batch.Add(items.Current);
        }

        await sink.WriteObjectsAsync(batch);
    }

    private static async Task<bool> WriteMeanwhileAsync(IPipelineSink sink, List<object?> batch, Task<bool> next)
    {
        if (batch.Count > 0)
        {
            try
            {
                await sink.WriteObjectsAsync([.. batch]);
            }
            catch
            {
                // A sequence cannot be closed while it moves.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            batch.Clear();
        }

        return await next;
    }
}
