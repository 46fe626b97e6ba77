namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// The base of cmdlets whose work is asynchronous. The work runs on the thread pool; the pipeline thread writes what it produces. It is
/// cancelled when the pipeline is stopped, when downstream ends early (<c>Select-Object -First</c>, <c>break</c>, an error) and at the
/// cmdlet's end.
/// </summary>
public abstract class ZLayerAsyncCmdlet : ZLayerCmdlet, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private bool _disposed;

    /// <summary>How long an operation runs before its progress is shown.</summary>
    protected virtual TimeSpan ProgressDelay => TimeSpan.FromSeconds(2);

    /// <summary>Releases what the cmdlet holds. PowerShell calls it even when EndProcessing is left out.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The work for one pipeline input.</summary>
    /// <param name="sink">Where results go.</param>
    /// <param name="cancellationToken">Cancelled when the pipeline ends early.</param>
    protected virtual Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The work after the last pipeline input.</summary>
    /// <param name="sink">Where results go.</param>
    /// <param name="cancellationToken">Cancelled when the pipeline ends early.</param>
    protected virtual Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void ProcessRecord() => RunAsync(ProcessRecordAsync);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // A stopped pipeline still gets here when the last ProcessRecord returned normally.
        if (!Stopping && !_cancellation.IsCancellationRequested)
        {
            RunAsync(EndProcessingAsync);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => Cancel();

    /// <summary>Runs work to its end on the thread pool. A failure ends the statement with a terminating error.</summary>
    /// <param name="work">The work.</param>
    protected void RunAsync(Func<IPipelineSink, CancellationToken, Task> work)
    {
        var failure = new PipelinePump(this, _cancellation, ProgressDelay).Run(work);
        if (failure is null || (failure is OperationCanceledException && _cancellation.IsCancellationRequested))
        {
            return;
        }

        ThrowTerminatingError(ErrorMapper.ToErrorRecord(failure));
    }

    /// <summary>Runs work to its end on the thread pool. A failure is an error of its target, and the statement goes on.</summary>
    /// <param name="target">What is worked on; its text becomes the error's target.</param>
    /// <param name="work">The work.</param>
    private protected void RunAsync(object target, Func<IPipelineSink, CancellationToken, Task> work)
        => RunAsync(async (sink, cancellationToken) =>
        {
            try
            {
                await work(sink, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, target));
            }
        });

    /// <summary>Runs work to its end, or starts a job that does and returns it.</summary>
    /// <param name="asJob">True for a job.</param>
    /// <param name="work">The work. For a job it must not use the cmdlet, which is over by then.</param>
    private protected void RunOrStart(bool asJob, Func<IPipelineSink, CancellationToken, Task> work)
    {
        if (!asJob)
        {
            RunAsync(work);
            return;
        }

        var job = ZLayerJob.Start(MyInvocation.Line.Trim(), MyInvocation.MyCommand.Name, work);
        JobRepository.Add(job);
        WriteObject(job);
    }

    /// <summary>Releases what the cmdlet holds.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Cancel();
            _cancellation.Dispose();
        }
    }

    // PowerShell stops from another thread, which may be late.
    private void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
        }
    }
}
