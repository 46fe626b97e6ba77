namespace ZLayer.PowerShell.Pipeline;

/// <summary>The state of one activity, as the progress stream shows it.</summary>
/// <param name="Activity">Its number, from <see cref="IPipelineSink.NewActivity"/>.</param>
/// <param name="Title">Short: the default view cuts it to half a line. <c>Receive nginx:1.27</c>.</param>
/// <param name="Status">What is seen beside it: <c>12.4/88.1 MB</c>.</param>
public sealed record ProgressUpdate(int Activity, string Title, string Status)
{
    /// <summary>The activity that this one is part of; -1 for none.</summary>
    public int Parent { get; init; } = -1;

    /// <summary>Percent done, 0 to 100; -1 when the total is not known.</summary>
    public int Percent { get; init; } = -1;

    /// <summary>Seconds that it still takes; -1 when that cannot be told.</summary>
    public int SecondsRemaining { get; init; } = -1;

    /// <summary>The activity has ended: its line goes away.</summary>
    public bool IsCompleted { get; init; }

    /// <summary>Percent of a total, clamped; -1 when the total is not known or zero.</summary>
    /// <param name="current">How much is done.</param>
    /// <param name="total">How much there is.</param>
    public static int PercentOf(long current, long? total)
        => total is > 0 ? (int)Math.Clamp(100.0 * current / total.Value, 0, 100) : -1;
}
