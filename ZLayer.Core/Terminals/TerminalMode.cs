using System.Runtime.InteropServices;

namespace ZLayer.Core.Terminals;

/// <summary>
/// A terminal in a mode of our own, until it is disposed of. A shell that gets its terminal back in raw mode is unusable, so the modes are
/// restored on every way out that a process can notice.
/// </summary>
public sealed class TerminalMode : IDisposable
{
    private static readonly PosixSignal[] EndingSignals
        = [PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM];

    private readonly Lock _lock = new();
    private readonly LocalTerminal.ModeChange? _change;
    private readonly List<PosixSignalRegistration> _signals = [];
    private bool _isOver;

    internal TerminalMode(Func<LocalTerminal.ModeChange?> apply)
    {
        // Registered before the change, so that no signal falls between the two.
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
        _signals.AddRange(EndingSignals.Select(signal => PosixSignalRegistration.Create(signal, _ => Restore())));
        if (!OperatingSystem.IsWindows())
        {
            // While the process was stopped, the shell has set modes of its own.
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Reapply()));
        }

        lock (_lock)
        {
            _change = apply();
        }
    }

    /// <summary>Puts the modes from before back.</summary>
    public void Dispose()
    {
        Restore();
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => Restore();

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e) => Restore();

    private void Restore()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _isOver = true;
                _change?.Restore();
            }
        }
    }

    private void Reapply()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _change?.Reapply();
            }
        }
    }
}
