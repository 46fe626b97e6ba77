namespace ZLayer.Core.Registries;

/// <summary>Cancels an operation that stands still: it expires when nobody called <see cref="Reset"/> for the time limit.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _limit;
    private long _lastKick = Environment.TickCount64;

    public IdleWatch(TimeSpan limit, CancellationToken cancellationToken)
    {
        _caller = cancellationToken;
        _limit = limit;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _source.CancelAfter(limit);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>True when the time limit, not the caller, cancelled.</summary>
    public bool HasExpired => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Says that something moved.</summary>
    public void Reset()
    {
        // Moving a timer for each buffer would cost more than it tells.
        var now = Environment.TickCount64;
        if (now - _lastKick > _limit.TotalMilliseconds / 16)
        {
            _lastKick = now;
            _source.CancelAfter(_limit);
        }
    }

    /// <summary>What to throw for <paramref name="e"/>: a timeout where this watch caused it.</summary>
    public Exception Explain(OperationCanceledException e)
        => HasExpired ? new TimeoutException($"nothing moved for {_limit.TotalSeconds:0.#} s", e) : e;

    public void Dispose() => _source.Dispose();
}
