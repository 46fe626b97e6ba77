namespace ZLayer.Core.Tests.Faults;

/// <summary>The machine's clock, set forwards and backwards.</summary>
internal sealed class SteppingClock : TimeProvider
{
    private long _offset;

    public void Step(TimeSpan offset) => Interlocked.Exchange(ref _offset, offset.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));
}
