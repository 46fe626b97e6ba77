using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>A connection to a process of a fake container.</summary>
internal sealed class FakeSession(FakeRuntimeState state, Func<bool> timeHelps, FakeOutput output) : ContainerSession
{
    private bool _closed;

    public override bool IsTerminal => Terminal;

    public override Stream Input => field ??= new FakeInputStream(Send);

    public required bool Terminal { get; init; }

    /// <summary>Where input goes; null when there is none.</summary>
    public required Func<FakeInput>? Writes { get; init; }

    /// <summary>Whether the end of this session's input is the end of the process's.</summary>
    public required bool ClosesInput { get; init; }

    public required Func<bool> IsOver { get; init; }

    public required Func<int> ExitCode { get; init; }

    public required Func<LogStream, bool> Shows { get; init; }

    /// <summary>The first write that is read.</summary>
    public int Next { get; set; }

    public override async IAsyncEnumerable<LogChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await state.WaitAsync(
                timeHelps, () => output.Chunks.Count > Next || IsOver() || _closed, cancellationToken).ConfigureAwait(false);
            LogChunk? chunk;
            using (state.Enter())
            {
                chunk = output.Chunks.Count > Next ? output.Chunks[Next++] : null;
            }

            if (chunk is null || _closed)
            {
                yield break;
            }

            if (Shows(chunk.Stream))
            {
                yield return chunk;
            }
        }
    }

    public override Task CloseInputAsync(CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        if (ClosesInput)
        {
            Writes?.Invoke().Close();
        }

        return Task.CompletedTask;
    }

    public override Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override async Task<int> WaitAsync(CancellationToken cancellationToken = default)
    {
        await state.WaitAsync(timeHelps, IsOver, cancellationToken).ConfigureAwait(false);
        return ExitCode();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseInputAsync().ConfigureAwait(false);
        using var entry = state.Enter();
        _closed = true;
        state.Changed();
    }

    private void Send(byte[] bytes)
    {
        using var entry = state.Enter();
        (Writes ?? throw new InvalidOperationException("The process has no input.")).Invoke().Write(bytes);
    }
}
