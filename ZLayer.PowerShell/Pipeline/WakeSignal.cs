namespace ZLayer.PowerShell.Pipeline;

/// <summary>Wakes one waiting thread. Unlike the platform's events it needs no disposal, so that late callers do no harm.</summary>
internal sealed class WakeSignal
{
    private readonly object _gate = new();
    private bool _set;

    public void Set()
    {
        lock (_gate)
        {
            _set = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Reset()
    {
        lock (_gate)
        {
            _set = false;
        }
    }

    public void Wait(TimeSpan limit)
    {
        lock (_gate)
        {
            if (!_set)
            {
                Monitor.Wait(_gate, limit);
            }
        }
    }
}
