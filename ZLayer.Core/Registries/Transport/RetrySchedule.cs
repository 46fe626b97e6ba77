namespace ZLayer.Core.Registries;

/// <summary>
/// How long to wait before trying again, and when to give up: exponential back-off with jitter, or what the registry asks for.
/// </summary>
internal sealed class RetrySchedule(RegistryOptions options)
{
    private int _attempt = 1;

    /// <summary>The transfer got further, so that a new failure is a first one again.</summary>
    public void Restart() => _attempt = 1;

    /// <summary>
    /// The pause before the next attempt; false when there is none left, or the registry asks for more patience than the options allow.
    /// </summary>
    public bool TryNext(TimeSpan? retryAfter, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        if (_attempt >= options.MaximumAttempts || retryAfter > options.MaximumRetryAfter)
        {
            return false;
        }

        var backOff = Math.Min(
            options.RetryDelay.TotalMilliseconds * Math.Pow(2, _attempt - 1), options.MaximumRetryDelay.TotalMilliseconds);
        _attempt++;
        // Jitter of -50 % to +0 % keeps many clients from returning at the same instant.
        delay = retryAfter ?? TimeSpan.FromMilliseconds(backOff * (0.5 + (Random.Shared.NextDouble() / 2)));
        return true;
    }
}
