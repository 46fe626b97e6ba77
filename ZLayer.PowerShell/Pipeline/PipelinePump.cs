using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Runs asynchronous work for one call of a cmdlet and writes what it produces on the pipeline thread, the only one that may.
/// Whatever a write throws (the pipeline was stopped, downstream broke out of a loop or threw) cancels the work and goes on unchanged.
/// </summary>
internal sealed class PipelinePump : IPipelineSink
{
    private const int Capacity = 256;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    // How long cancelled work may take to end before it is left to itself.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // PowerShell keeps what an object has of its own, properties and type names, in weak tables, and what these hold of dead objects is
    // freed by a collection of all generations alone; each of the many small ones looks at all of it. Without one now and then, the
    // millionth line of a log costs three times as much as the first.
    private const int ObjectsBetweenCollections = 100_000;

    private readonly Cmdlet _cmdlet;
    private readonly CancellationTokenSource _cancellation;
    private readonly ProgressBoard _progress;
    private readonly ConcurrentQueue<Question> _questions = new();
    private readonly WakeSignal _wake = new();
    private readonly MessageQueue _messages;
    private volatile bool _closed;
    private int _objects;

    // Kept by itself: late writers come after the source is disposed.
    private readonly CancellationToken _token;

    public PipelinePump(Cmdlet cmdlet, CancellationTokenSource cancellation, TimeSpan progressDelay)
    {
        _cmdlet = cmdlet;
        _cancellation = cancellation;
        _token = cancellation.Token;
        _progress = new ProgressBoard(progressDelay);
        _messages = new MessageQueue(Capacity, _wake);
    }

    /// <summary>Runs the work to its end. Called on the pipeline thread.</summary>
    /// <returns>The exception that the work ended with; null when it succeeded. What the pipeline throws is thrown.</returns>
    public Exception? Run(Func<IPipelineSink, CancellationToken, Task> work)
    {
        var worker = Task.Run(() =>
        {
            SessionLog.FlowTo(this);
            return work(this, _token);
        });
        _ = worker.ContinueWith(_ => _wake.Set(), TaskScheduler.Default);
        var ended = false;
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => TidyUp(worker));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => TidyUp(worker));
        try
        {
            ended = PumpUntilEnd(worker);
        }
        finally
        {
            // Closed before it is cancelled: callbacks of the cancellation may run here and write, and nobody reads any more.
            Close();
            if (!ended)
            {
                Abandon(worker);
            }
        }

        _progress.TakeDown(_cmdlet.WriteProgress);
        return ended ? Failure(worker) : new OperationCanceledException(_token);
    }

    public ValueTask WriteObjectAsync(object? value)
        => SendAsync(new(static (cmdlet, value) => cmdlet.WriteObject(value), OutputValue.OfResult(value)));

    // What is shown is made here, so that it keeps no one on the pipeline's own thread waiting.
    public ValueTask WriteObjectsAsync(IReadOnlyList<object?> values)
        => SendAsync(new(WriteObjects, values.Select(OutputValue.OfResult).ToArray(), values.Count));

    public ValueTask WriteErrorAsync(ErrorRecord error)
        => SendAsync(new(static (cmdlet, error) => cmdlet.WriteError((ErrorRecord)error!), error));

    public ValueTask WriteStandardErrorAsync(ErrorRecord line)
        => SendAsync(new(static (cmdlet, line) => StandardErrorWriter.Write((PSCmdlet)cmdlet, (ErrorRecord)line!), line));

    public ValueTask WriteVerboseAsync(string text) => SendAsync(Verbose(text));

    public ValueTask WriteWarningAsync(string text) => SendAsync(Warning(text));

    public ValueTask WriteInformationAsync(object data, string tag) => SendAsync(Information(data, tag));

    public void PostInformation(object data, string tag) => Post(Information(data, tag));

    public void PostWarning(string text) => Post(Warning(text));

    public void PostVerbose(string text) => Post(Verbose(text));

    public void PostDebug(string text) => Post(new(static (cmdlet, text) => cmdlet.WriteDebug((string)text!), DisplayText.Line(text)));

    public void ReportProgress(ProgressUpdate progress) => _progress.Report(progress);

    public int NewActivity() => _progress.NewActivity();

    public Task<bool> ShouldProcessAsync(string target, string action)
        => AskAsync(cmdlet => cmdlet.ShouldProcess(DisplayText.Lines(target), action));

    public Task<bool> ShouldContinueAsync(string query, string caption)
        => AskAsync(cmdlet => Confirmation.Ask(cmdlet, DisplayText.Lines(query), DisplayText.Line(caption)));

    // The signal ends the process as ever, but only when the work has removed what it leaves otherwise: directories, mounts, control
    // groups. A session under nohup never gets here.
    private void TidyUp(Task worker)
    {
        _cancellation.Cancel();
        Task.WaitAny([worker], Grace);
    }

    private bool PumpUntilEnd(Task worker)
    {
        Stopwatch? stopping = null;
        while (true)
        {
            _wake.Reset();
            var ended = worker.IsCompleted;
            WriteMessages();
            AnswerQuestions();
            _progress.Show(_cmdlet.WriteProgress);
            if (ended)
            {
                return true;
            }

            if (_token.IsCancellationRequested && (stopping ??= Stopwatch.StartNew()).Elapsed > Grace)
            {
                return false;
            }

            if (_messages.IsEmpty)
            {
                _wake.Wait(Tick);
            }
        }
    }

    // Not what comes meanwhile, so that a fast writer does not starve questions and progress.
    private void WriteMessages()
    {
        foreach (var message in _messages.TakeAll())
        {
            message.Write(_cmdlet, message.Value);
            _objects += message.Count;
        }

        if (_objects >= ObjectsBetweenCollections)
        {
            _objects = 0;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }

    private void AnswerQuestions()
    {
        while (_questions.TryDequeue(out var question))
        {
            try
            {
                question.Answer.TrySetResult(question.Ask(_cmdlet));
            }
            catch (ZLayerException exception)
            {
                question.Answer.TrySetException(exception);
            }
            finally
            {
                question.Answer.TrySetCanceled();
            }
        }
    }

    private static void WriteObjects(Cmdlet cmdlet, object? values)
    {
        foreach (var value in (object?[])values!)
        {
            cmdlet.WriteObject(value);
        }
    }

    private static PipelineMessage Warning(string text)
        => new(static (cmdlet, text) => cmdlet.WriteWarning((string)text!), DisplayText.Line(text));

    private static PipelineMessage Verbose(string text)
        => new(static (cmdlet, text) => cmdlet.WriteVerbose((string)text!), DisplayText.Line(text));

    private static PipelineMessage Information(object data, string tag)
        => new((cmdlet, data) => cmdlet.WriteInformation(data, [tag]), data);

    private ValueTask SendAsync(PipelineMessage message)
    {
        _token.ThrowIfCancellationRequested();
        return _messages.TryAdd(message) is { } room ? SendWaitingAsync(message, room) : ValueTask.CompletedTask;
    }

    private async ValueTask SendWaitingAsync(PipelineMessage message, Task? room)
    {
        for (; room is not null; room = _messages.TryAdd(message))
        {
            await room.WaitAsync(_token);
        }
    }

    private void Post(PipelineMessage message)
    {
        try
        {
            if (_messages.TryAdd(message) is { } room)
            {
                SendWaitingAsync(message, room).AsTask().GetAwaiter().GetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // The pipeline has ended: nobody is there to read it.
        }
    }

    private Task<bool> AskAsync(Func<Cmdlet, bool> ask)
    {
        var question = new Question(ask, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        _questions.Enqueue(question);
        if (_closed)
        {
            question.Answer.TrySetCanceled();
        }

        _wake.Set();
        return question.Answer.Task;
    }

    private void Close()
    {
        _closed = true;
        _messages.Close();
        while (_questions.TryDequeue(out var question))
        {
            question.Answer.TrySetCanceled();
        }
    }

    private void Abandon(Task worker)
    {
        _cancellation.Cancel();
        // The exception is looked at, so that it does not come back as an unobserved one.
        _ = worker.ContinueWith(task => task.Exception, TaskScheduler.Default);
        ((IAsyncResult)worker).AsyncWaitHandle.WaitOne(Grace);
        try
        {
            _progress.TakeDown(_cmdlet.WriteProgress);
        }
        catch (PipelineStoppedException)
        {
            // A stopped pipeline takes its progress down itself.
        }
    }

    private static Exception? Failure(Task worker)
    {
        if (worker.IsCanceled)
        {
            return new TaskCanceledException(worker);
        }

        var exceptions = worker.Exception?.Flatten().InnerExceptions;
        return exceptions?.FirstOrDefault(exception => exception is not OperationCanceledException) ?? exceptions?.FirstOrDefault();
    }

    private sealed record Question(Func<Cmdlet, bool> Ask, TaskCompletionSource<bool> Answer);
}
