using System.Buffers;
using System.Threading.Channels;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Terminals;

/// <summary>
/// Connects a session in a container with the local terminal or pipes: input, output, size. With a terminal on both ends the local one is
/// raw meanwhile, so that every key reaches the process.
/// </summary>
/// <param name="session">The session; it stays open.</param>
/// <param name="options">What it is connected with.</param>
public sealed class SessionRelay(ContainerSession session, RelayOptions options)
{
    private const int BufferSize = 64 * 1024;

    // An engine knows the terminal of a command a moment after it has said that the command runs.
    private const int ResizeAttempts = 10;
    private static readonly TimeSpan ResizeDelay = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Relays until the process closes its output or the detach keys are typed. The local terminal is as before when it returns or throws.
    /// </summary>
    /// <exception cref="IOException">The local output cannot be written.</exception>
    /// <exception cref="ZLayerException">RuntimeUnavailable when the connection breaks.</exception>
    public async Task<RelayOutcome> RunAsync(CancellationToken cancellationToken = default)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var mode = !options.ForwardInput ? null
            : session.IsTerminal ? options.Terminal.EnterRawMode()
            : options.Terminal.EnterLineMode();
        using var input = options.ForwardInput ? options.Terminal.OpenInput() : null;
        var output = CopyOutputAsync(end.Token);
        var sizes = session.IsTerminal ? FollowSizeAsync(end.Token) : Task.CompletedTask;
        var pump = input is null ? Task.CompletedTask : StartInput(input, end.Token);
        try
        {
            await Task.WhenAny(output, _detached.Task).ConfigureAwait(false);
            if (_detached.Task.IsCompleted)
            {
                return RelayOutcome.Detached;
            }

            await output.ConfigureAwait(false);
            return RelayOutcome.Ended;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            input?.Cancel();
            await Task.WhenAll(SettleAsync(output), SettleAsync(sizes), SettleAsync(pump)).ConfigureAwait(false);
        }
    }

    private async Task CopyOutputAsync(CancellationToken cancellationToken)
    {
        await foreach (var chunk in session.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var target = chunk.Stream == LogStream.StdErr ? options.Error : options.Output;
            await target.WriteAsync(chunk.Data, cancellationToken).ConfigureAwait(false);
            await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // A thread of its own: waiting for keys is blocking, and may last for days.
    private Task StartInput(LocalInput input, CancellationToken cancellationToken)
        => Task.Factory.StartNew(
            () => PumpInput(input, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void PumpInput(LocalInput input, CancellationToken cancellationToken)
    {
        var matcher = options.DetachKeys is { } keys && session.IsTerminal ? new DetachKeyMatcher(keys) : null;
        var forward = new ArrayBufferWriter<byte>(BufferSize);
        var buffer = new byte[BufferSize];
        while (!cancellationToken.IsCancellationRequested)
        {
            var read = input.Read(buffer);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            forward.ResetWrittenCount();
            var isDetached = matcher?.Take(buffer.AsSpan(0, read), forward) ?? false;
            if (read == 0)
            {
                matcher?.Flush(forward);
            }

            Send(matcher is null ? buffer.AsMemory(0, read) : forward.WrittenMemory, cancellationToken);
            if (isDetached)
            {
                _detached.TrySetResult();
                return;
            }

            if (read == 0)
            {
                session.CloseInputAsync(cancellationToken).GetAwaiter().GetResult();
                return;
            }
        }
    }

    private void Send(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (data.Length > 0)
        {
            session.Input.WriteAsync(data, cancellationToken).AsTask().GetAwaiter().GetResult();
        }
    }

    private async Task FollowSizeAsync(CancellationToken cancellationToken)
    {
        // Only the latest size matters.
        var changes = Channel.CreateBounded<TerminalSize>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using var watch = options.Terminal.WatchSize(size => changes.Writer.TryWrite(size));
        if (options.Terminal.Size is { } size)
        {
            if (options.Redraw)
            {
                await ResizeAsync(
                    new TerminalSize((ushort)(size.Rows + 1), (ushort)(size.Columns + 1)), cancellationToken).ConfigureAwait(false);
            }

            await ResizeAsync(size, cancellationToken).ConfigureAwait(false);
        }

        await foreach (var changed in changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await ResizeAsync(changed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A size that cannot be told is no reason to end a session.</summary>
    private async Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await session.ResizeAsync(size, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ZLayerException) when (attempt < ResizeAttempts)
            {
                await Task.Delay(ResizeDelay, cancellationToken).ConfigureAwait(false);
            }
            catch (ZLayerException)
            {
                return;
            }
        }
    }

    // What the output says decides how the relay ends: input that nobody takes any more is no failure, and neither is being told to stop.
    private static Task SettleAsync(Task task)
        => task.ContinueWith(
            static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
