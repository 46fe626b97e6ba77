using System.IO.Pipelines;
using System.Threading.Channels;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// The run of a container or command whose input comes piece by piece, each in a call of its own. It goes on in the background; what it
/// tells is passed on whenever input is written, and the rest at the end. Disposing of it before its end cancels it.
/// </summary>
/// <typeparam name="TEvent">What it tells.</typeparam>
internal sealed class PipedRun<TEvent> : IAsyncDisposable
{
    private const int Capacity = 1024;

    private readonly Channel<TEvent> _events = Channel.CreateBounded<TEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Pipe? _input;
    private readonly CancellationTokenSource _cancellation;
    private readonly Task _running;

    /// <param name="run">The run: reads the input, and writes what happens.</param>
    /// <param name="hasInput">Whether input will be written.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public PipedRun(Func<Stream?, ChannelWriter<TEvent>, CancellationToken, Task> run, bool hasInput, CancellationToken cancellationToken)
    {
        _input = hasInput ? new Pipe() : null;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = RunAsync(run, _cancellation.Token);
    }

    /// <summary>Passes on what happens until something did.</summary>
    /// <typeparam name="TLast">What is waited for; it is passed on too.</typeparam>
    public async Task UntilAsync<TLast>(Action<TEvent> pass, CancellationToken cancellationToken)
        where TLast : TEvent
    {
        while (await _events.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_events.Reader.TryRead(out var step))
            {
                pass(step);
                if (step is TLast)
                {
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Writes input, and passes on what happens meanwhile. Input that nobody reads any more is dropped, unless the run has failed.
    /// </summary>
    /// <exception cref="Core.Errors.ZLayerException">What the run failed with.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, Func<TEvent, ValueTask> pass, CancellationToken cancellationToken)
    {
        if (_running.IsCompleted)
        {
            await PassAsync(pass);
            await _events.Reader.Completion;
            return;
        }

        if (bytes.IsEmpty)
        {
            return;
        }

        var writing = _input!.Writer.WriteAsync(bytes, cancellationToken).AsTask();
        while (!writing.IsCompleted)
        {
            var more = _events.Reader.WaitToReadAsync(cancellationToken).AsTask();
            await Task.WhenAny(writing, more);
            if (more.IsCompleted && !await more)
            {
                _input.Writer.CancelPendingFlush();
                break;
            }

            await PassAsync(pass);
        }

        await writing;
        await PassAsync(pass);
    }

    /// <summary>Ends the input and passes on the rest.</summary>
    /// <exception cref="Core.Errors.ZLayerException">What the run failed with.</exception>
    public async Task FinishAsync(Func<TEvent, ValueTask> pass, CancellationToken cancellationToken)
    {
        await (_input?.Writer.CompleteAsync() ?? ValueTask.CompletedTask);
        await foreach (var step in _events.Reader.ReadAllAsync(cancellationToken))
        {
            await pass(step);
        }

        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await _cancellation.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cancellation.Dispose();
    }

    private async Task RunAsync(Func<Stream?, ChannelWriter<TEvent>, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(_input?.Reader.AsStream(), _events.Writer, cancellationToken);
            _events.Writer.Complete();
        }
        catch (Exception exception)
        {
            _events.Writer.Complete(exception);
        }
    }

    private async Task PassAsync(Func<TEvent, ValueTask> pass)
    {
        while (_events.Reader.TryRead(out var step))
        {
            await pass(step);
        }
    }
}
