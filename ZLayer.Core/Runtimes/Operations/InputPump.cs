using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Passes a stream on to the input of a process, and then its end, while the process's output is read elsewhere.</summary>
internal sealed class InputPump : IDisposable
{
    private const int BufferSize = 64 * 1024;

    private readonly CancellationTokenSource _stop;
    private readonly Task _copying;

    /// <param name="input">What the process reads; null gives it nothing.</param>
    /// <param name="session">The process.</param>
    /// <param name="cancellationToken">Stops the passing on.</param>
    public InputPump(Stream? input, ContainerSession session, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Reading may block the thread, as a pipe from another program does.
        _copying = input is null ? Task.CompletedTask : Task.Run(() => CopyAsync(input, session, _stop.Token), CancellationToken.None);
    }

    /// <summary>
    /// To be called when the process has ended: throws what reading the stream threw, and does not wait for one that has more.
    /// </summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_copying.IsFaulted)
        {
            await _copying.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        // A failure that comes when nobody asks any more is of no interest.
        _copying.ContinueWith(
            static (task, source) => { _ = task.Exception; ((CancellationTokenSource)source!).Dispose(); }, _stop, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private static async Task CopyAsync(Stream input, ContainerSession session, CancellationToken cancellationToken)
    {
        try
        {
            await input.CopyToAsync(session.Input, BufferSize, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.RuntimeUnavailable)
        {
            // The process ended without reading all of it. If it was the engine, reading the output tells. The rest is dropped: whoever
            // writes it would wait for a reader otherwise.
            await DropAsync(input, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A process that waits for more would never end.
            await session.CloseInputAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task DropAsync(Stream input, CancellationToken cancellationToken)
        => await input.CopyToAsync(Stream.Null, BufferSize, cancellationToken).ConfigureAwait(false);
}
