namespace ZLayer.PowerShell.Pipeline;

/// <summary>Shows how many bytes went by, for work whose total is not known.</summary>
/// <param name="sink">Where to.</param>
/// <param name="title">The line's title.</param>
internal sealed class ByteProgressReporter(IPipelineSink sink, string title) : IProgress<long>
{
    private readonly int _activity = sink.NewActivity();

    public void Report(long value) => sink.ReportProgress(new ProgressUpdate(_activity, title, Quantity.Size(value)));

    /// <summary>Takes the line down.</summary>
    public void Complete() => sink.ReportProgress(new ProgressUpdate(_activity, title, "Done") { IsCompleted = true });
}
