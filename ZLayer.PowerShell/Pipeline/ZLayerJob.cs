using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The work of one cmdlet in the background. Its streams are read with Receive-Job; Stop-Job cancels it.</summary>
public sealed class ZLayerJob : Job
{
    private readonly CancellationTokenSource _cancellation = new();
    private Task _work = Task.CompletedTask;

    private ZLayerJob(string command, string name)
        : base(command, name)
        => PSJobTypeName = "ZLayerJob";

    /// <inheritdoc/>
    public override bool HasMoreData
        => Output.Count + Error.Count + Warning.Count + Verbose.Count + Information.Count + Progress.Count + Debug.Count > 0
            || JobStateInfo.State == JobState.Running;

    /// <inheritdoc/>
    public override string Location => Environment.MachineName;

    /// <inheritdoc/>
    public override string StatusMessage => JobStateInfo.State.ToString();

    /// <summary>Starts work in the background.</summary>
    /// <param name="command">The command line, for people.</param>
    /// <param name="name">The name of the job.</param>
    /// <param name="work">The work; questions of it are answered with yes, since they were asked before.</param>
    internal static ZLayerJob Start(string command, string name, Func<IPipelineSink, CancellationToken, Task> work)
    {
        var job = new ZLayerJob(command, name);
        job.SetJobState(JobState.Running);
        job._work = Task.Run(() => job.RunAsync(work));
        return job;
    }

    /// <inheritdoc/>
    public override void StopJob()
    {
        if (JobStateInfo.State is JobState.Running or JobState.NotStarted)
        {
            SetJobState(JobState.Stopping);
            _cancellation.Cancel();
            _work.Wait(TimeSpan.FromSeconds(5));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cancellation.Cancel();
            _cancellation.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task RunAsync(Func<IPipelineSink, CancellationToken, Task> work)
    {
        var token = _cancellation.Token;
        try
        {
            var sink = new JobSink(this);
            SessionLog.FlowTo(sink);
            await work(sink, token);
            SetJobState(JobState.Completed);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            SetJobState(JobState.Stopped);
        }
        catch (Exception exception)
        {
            Error.Add(ErrorMapper.ToErrorRecord(exception));
            SetJobState(JobState.Failed);
        }
    }
}
