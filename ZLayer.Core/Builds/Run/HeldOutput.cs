namespace ZLayer.Core.Builds.Run;

/// <summary>
/// Passes lines on, one at a time. While it is not known whether an OCI runtime works, they are held back for a moment, because they may be
/// the complaints of a runtime that is not going to be used.
/// </summary>
internal sealed class HeldOutput
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly IProgress<StepOutput> _output;
    private readonly DateTime _holdUntil;
    private List<StepOutput>? _held;

    /// <summary>Begins.</summary>
    /// <param name="output">Receives the lines.</param>
    /// <param name="hold">True to hold them back at first.</param>
    public HeldOutput(IProgress<StepOutput> output, bool hold)
    {
        _output = output;
        _holdUntil = hold ? DateTime.UtcNow + LongestHold : DateTime.MinValue;
        _held = hold ? [] : null;
        if (hold)
        {
            _ = ReleaseLaterAsync();
        }
    }

    /// <summary>The last line of standard error.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Takes a line.</summary>
    public void Add(StepOutput line)
    {
        lock (_gate)
        {
            if (line.IsError)
            {
                LastError = line.Line;
            }

            if (_held is not null && DateTime.UtcNow < _holdUntil)
            {
                _held.Add(line);
                return;
            }

            ReleaseHeld();
            _output.Report(line);
        }
    }

    /// <summary>Passes on what was held back.</summary>
    public void Release()
    {
        lock (_gate)
        {
            ReleaseHeld();
        }
    }

    /// <summary>Forgets what was held back.</summary>
    public void Discard()
    {
        lock (_gate)
        {
            _held = null;
        }
    }

    private void ReleaseHeld()
    {
        var held = _held;
        _held = null;
        foreach (var line in held ?? [])
        {
            _output.Report(line);
        }
    }

    private async Task ReleaseLaterAsync()
    {
        await Task.Delay(LongestHold).ConfigureAwait(false);
        Release();
    }
}
