using System.CommandLine;
using System.Runtime.InteropServices;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli;

/// <summary>
/// Turns SIGINT, SIGTERM and SIGHUP into a cancellation. Whoever asks a second time does not want to wait for the tidying up. While a
/// container runs in the foreground, signals are its own: <see cref="Forward"/>. SIGHUP that the caller had ignored, as nohup does, stays
/// ignored: the runtime sees to it. SIGQUIT ends the process at once, as everywhere.
/// </summary>
internal sealed class Interruption : InvocationConfiguration, IDisposable
{
    // Signals that a person or a supervisor sends on purpose; their numbers are the same on Linux and macOS but for the last two.
    private static readonly (int Number, string Name)[] Forwarded =
    [
        (1, "HUP"), (2, "INT"), (3, "QUIT"), (15, "TERM"), OperatingSystem.IsMacOS()
            ? (30, "USR1")
            : (10, "USR1"), OperatingSystem.IsMacOS() ? (31, "USR2") : (12, "USR2"),
    ];

    // As docker: whoever asks so often wants to be rid of the client.
    private const int Patience = 3;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _isForwarding;

    public Interruption()
    {
        EnableDefaultExceptionHandler = false;
        ProcessTerminationTimeout = null;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    public CancellationToken Token => _source.Token;

    /// <summary>What the process exits with: 128 and the number of the signal.</summary>
    public int ExitCode { get; private set; } = Cli.ExitCode.Interrupted;

    /// <summary>Hands signals to somebody else until the result is disposed of.</summary>
    public IDisposable Forward(Action<Signal> receive)
    {
        _isForwarding = true;
        var urgent = 0;
        var registrations = Forwarded.Select(signal => Register(signal.Number, () =>
        {
            if (signal.Name is "INT" or "TERM" && Interlocked.Increment(ref urgent) >= Patience)
            {
                _source.Cancel();
            }
            else
            {
                receive(Signal.Parse(signal.Name));
            }
        })).ToList();
        return new Forwarding(this, registrations);
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    // Windows has no more than the first four.
    private static PosixSignalRegistration? Register(int number, Action received)
    {
        try
        {
            var signal = number switch { 1 => PosixSignal.SIGHUP, 2 => PosixSignal.SIGINT, 3 => PosixSignal.SIGQUIT, 15 => PosixSignal.SIGTERM, _ => (PosixSignal)number };
            return PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                received();
            });
        }
        catch (PlatformNotSupportedException)
        {
            return null;
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_isForwarding)
        {
            return;
        }

        ExitCode = context.Signal switch
        {
            PosixSignal.SIGTERM => 128 + Signal.Terminate.Number,
            PosixSignal.SIGHUP => Cli.ExitCode.HungUp,
            _ => Cli.ExitCode.Interrupted,
        };
        if (_source.IsCancellationRequested)
        {
            Environment.Exit(ExitCode);
        }

        _source.Cancel();
    }

    private sealed class Forwarding(Interruption interruption, List<PosixSignalRegistration?> registrations) : IDisposable
    {
        public void Dispose()
        {
            interruption._isForwarding = false;
            foreach (var registration in registrations)
            {
                registration?.Dispose();
            }
        }
    }
}
