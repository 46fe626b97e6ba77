namespace ZLayer.Testing;

/// <summary>
/// The time of a fake runtime. It stands still until something happens, and goes on by a millisecond then. What sleeps wakes when somebody
/// waits for it: the clock jumps to the moment at which it is due. So nothing ever takes real time, and every run gives the same times.
/// </summary>
internal sealed class FakeClock(DateTimeOffset start)
{
    private readonly List<FakeTimer> _timers = [];
    private long _next;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>The time of something that happens now.</summary>
    public DateTimeOffset Tick() => Now += TimeSpan.FromMilliseconds(1);

    /// <param name="owner">The container; while it is paused, nothing is due in it.</param>
    /// <param name="process">The process that sleeps; null for the container itself.</param>
    /// <param name="delay">When it is due.</param>
    /// <param name="wake">What happens then.</param>
    public FakeTimer Add(FakeContainer owner, FakeProcess? process, TimeSpan delay, Action wake)
    {
        var timer = new FakeTimer(owner, process, Now + delay, _next++, wake);
        _timers.Add(timer);
        return timer;
    }

    public void Remove(FakeTimer timer) => _timers.Remove(timer);

    /// <summary>Whether time makes anything happen to a container's own process, or to the container.</summary>
    public bool Concerns(FakeContainer container)
        => !container.IsPaused
            && _timers.Exists(t => t.Owner == container && (t.Process is null || t.Process == container.Processes.FirstOrDefault()));

    /// <summary>Whether time makes anything happen to a process.</summary>
    public bool Concerns(FakeProcess process) => !process.Container.IsPaused && _timers.Exists(t => t.Process == process);

    /// <summary>Goes to the next moment at which anything is due, and lets it happen.</summary>
    public void Advance()
    {
        var timer = _timers.Where(t => !t.Owner.IsPaused).MinBy(t => (t.Due, t.Order));
        if (timer is not null)
        {
            Fire(timer);
        }
    }

    /// <summary>Lets a time span pass with everything that is due in it.</summary>
    public void Advance(TimeSpan span)
    {
        var end = Now + span;
        while (_timers.Where(t => !t.Owner.IsPaused && t.Due <= end).MinBy(t => (t.Due, t.Order)) is { } timer)
        {
            Fire(timer);
        }

        Now = Now > end ? Now : end;
    }

    private void Fire(FakeTimer timer)
    {
        _timers.Remove(timer);
        Now = Now > timer.Due ? Now : timer.Due;
        timer.Wake();
    }
}

/// <summary>Something that is due at a time.</summary>
internal sealed record FakeTimer(FakeContainer Owner, FakeProcess? Process, DateTimeOffset Due, long Order, Action Wake);
