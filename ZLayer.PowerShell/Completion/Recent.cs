using System.Runtime.CompilerServices;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// Answers, kept for some seconds so that completing again and again does not ask each time. They go when whom they were asked of goes.
/// </summary>
/// <param name="ask">Asks.</param>
internal sealed class Recent<TOwner, TAnswer>(Func<TOwner, TAnswer> ask)
    where TOwner : class
    where TAnswer : class
{
    private const long KeptMilliseconds = 5000;

    private readonly ConditionalWeakTable<TOwner, Kept> _kept = [];

    /// <summary>
    /// The answer of <paramref name="owner"/>, some seconds old at most. Asking takes its time: not on the session's thread.
    /// </summary>
    public TAnswer Of(TOwner owner)
    {
        if (!_kept.TryGetValue(owner, out var kept) || Environment.TickCount64 - kept.Time >= KeptMilliseconds)
        {
            kept = new Kept(Environment.TickCount64, ask(owner));
            _kept.AddOrUpdate(owner, kept);
        }

        return kept.Answer;
    }

    private sealed record Kept(long Time, TAnswer Answer);
}
