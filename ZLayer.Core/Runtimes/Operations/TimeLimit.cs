using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>A limit of time on top of a caller's token, which tells one from the other.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;

    /// <param name="limit">The limit; null is none.</param>
    /// <param name="caller">The caller's token.</param>
    public TimeLimit(TimeSpan? limit, CancellationToken caller)
    {
        _caller = caller;
        Limit = limit;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        if (limit is { } time)
        {
            _source.CancelAfter(time);
        }
    }

    public TimeSpan? Limit { get; }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the limit that ended the work.</summary>
    public bool IsReached => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>The error for a limit that was reached.</summary>
    /// <param name="what">What did not end: <c>Running the container 'web'</c>.</param>
    /// <param name="subject">The container.</param>
    /// <param name="advice">What to do next.</param>
    public ZLayerException Reached(string what, string subject, string advice)
        => new(ZLayerErrorKind.OperationTimedOut, $"{what}: it did not end within {Limit!.Value.TotalSeconds:0.###} s.")
        {
            Subject = subject,
            Advice = advice,
        };

    public void Dispose() => _source.Dispose();
}
