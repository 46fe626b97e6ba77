using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>
/// A process of a fake container: a program that runs until it blocks, and goes on when what it waits for happens. All of it runs under the
/// lock of <see cref="FakeRuntimeState"/>, on the thread of whoever made it happen.
/// </summary>
internal sealed class FakeProcess(FakeRuntimeState state, FakeContainer container, int pid, FakeScope scope)
{
    private TaskCompletionSource? _blocked;

    public int Pid => pid;

    public FakeContainer Container => container;

    public FakeScope Scope => scope;

    public DateTimeOffset StartedAt { get; private set; }

    public DateTimeOffset EndedAt { get; private set; }

    /// <summary>Null while it runs.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Signals with a command of their own; an empty command ignores the signal.</summary>
    public Dictionary<int, string> Traps { get; } = [];

    /// <summary>A signal whose command is to be run next.</summary>
    public int? PendingSignal { get; set; }

    /// <summary>How often it had to wait; tells a loop that waits from one that does not.</summary>
    public long Waits { get; private set; }

    public Action<FakeProcess>? Exited { get; init; }

    public FakeOutput Output { get; init; } = new();

    /// <summary>Starts it; returns when it ended or waits for something.</summary>
    public void Start()
    {
        StartedAt = state.Clock.Tick();
        _ = RunAsync();
    }

    /// <summary>Sends a signal: its command, else what the kernel does.</summary>
    public void Send(Signal signal)
    {
        if (ExitCode is not null)
        {
            return;
        }

        if (signal != Signal.Kill && Traps.TryGetValue(signal.Number, out var command))
        {
            if (command.Length > 0)
            {
                PendingSignal = signal.Number;
                Release(new FakeInterruption(128 + signal.Number));
            }
        }
        else if (signal.Name is not ("SIGCHLD" or "SIGCONT" or "SIGURG" or "SIGWINCH" or "SIGSTOP" or "SIGTSTP" or "SIGTTIN" or "SIGTTOU"))
        {
            End(128 + signal.Number);
        }
    }

    /// <summary>Waits for virtual time to pass; null for ever.</summary>
    public async Task SleepAsync(TimeSpan? time)
    {
        var timer = time is { } span ? state.Clock.Add(container, this, span, () => Release(null)) : null;
        try
        {
            await BlockAsync().ConfigureAwait(false);
        }
        finally
        {
            if (timer is not null)
            {
                state.Clock.Remove(timer);
            }
        }
    }

    /// <summary>Waits for input; empty at its end.</summary>
    public async Task<byte[]> ReadAsync(FakeInput input)
    {
        byte[]? bytes;
        while ((bytes = input.Take()) is null)
        {
            input.WhenArrived(() => Release(null));
            await BlockAsync().ConfigureAwait(false);
        }

        return bytes;
    }

    public void Write(LogStream stream, ReadOnlySpan<byte> bytes)
    {
        if (ExitCode is null)
        {
            Output.Write(scope.Tty ? LogStream.StdOut : stream, bytes, state.Clock.Tick());
            state.Changed();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            End(await FakePrograms.RunAsync(this, scope, scope.Arguments).ConfigureAwait(false));
        }
        catch (FakeExit exit)
        {
            End(exit.Code);
        }
        catch (FakeInterruption interruption)
        {
            End(interruption.Code);
        }
    }

    private async Task BlockAsync()
    {
        Waits++;
        if (ExitCode is { } code)
        {
            throw new FakeExit(code);
        }

        _blocked = new TaskCompletionSource();
        await _blocked.Task.ConfigureAwait(false);
    }

    private void Release(Exception? exception)
    {
        var blocked = _blocked;
        _blocked = null;
        if (exception is null)
        {
            blocked?.SetResult();
        }
        else
        {
            blocked?.SetException(exception);
        }
    }

    private void End(int code)
    {
        if (ExitCode is not null)
        {
            return;
        }

        ExitCode = code & 0xFF;
        EndedAt = state.Clock.Tick();
        Output.Flush(EndedAt);
        scope.Input.WhenArrived(null);
        Release(new FakeExit(code));
        Exited?.Invoke(this);
        state.Changed();
    }
}

/// <summary>Ends a program with an exit code.</summary>
internal sealed class FakeExit(int code) : Exception
{
    public int Code => code;
}

/// <summary>A signal with a command of its own interrupted what a program waited for.</summary>
internal sealed class FakeInterruption(int code) : Exception
{
    public int Code => code;
}
