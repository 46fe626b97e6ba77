namespace ZLayer.PowerShell.Pipeline;

/// <summary>Works on many targets at once.</summary>
internal static class ParallelWork
{
    /// <summary>Works on each target. One that fails gives an error that does not end the others.</summary>
    /// <typeparam name="T">What a target is; its text is the target of the error.</typeparam>
    /// <param name="targets">The targets.</param>
    /// <param name="limit">How many at once.</param>
    /// <param name="sink">Where errors go.</param>
    /// <param name="work">The work on one; its output goes to the sink.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public static Task ForEachAsync<T>(
        IReadOnlyList<T> targets, int limit, IPipelineSink sink, Func<T, IPipelineSink, CancellationToken, Task> work, CancellationToken cancellationToken)
        where T : notnull
        => Parallel.ForEachAsync(
            targets,
            new ParallelOptions { MaxDegreeOfParallelism = limit, CancellationToken = cancellationToken },
            async (target, token) =>
            {
                try
                {
                    await work(target, sink, token);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, target.ToString()));
                }
            });
}
