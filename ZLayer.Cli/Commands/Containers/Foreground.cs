using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>A process of a container in the foreground: its input, output and signals are those of this process.</summary>
/// <param name="runtime">The runtime.</param>
/// <param name="options">Detach keys and signals.</param>
/// <param name="withInput">Hands standard input on.</param>
/// <param name="withTerminal">The process has a terminal.</param>
internal sealed class Foreground(IContainerRuntime runtime, SessionOptions.Values options, bool withInput, bool withTerminal)
{
    public SessionOptions.Values Options => options;

    /// <summary>Tells a program that runs already to draw its screen again.</summary>
    public bool Redraw { get; init; }

    /// <summary>A process that expects keys from a terminal gets nothing sensible from a pipe.</summary>
    /// <exception cref="ZLayerException">InteractiveHostRequired.</exception>
    public void RequireTerminal(string command)
    {
        if (withInput && withTerminal && !LocalTerminal.OfProcess.IsInput)
        {
            throw LocalTerminal.Required(
                $"zlayer {command} --interactive --tty", "standard input is none", "Leave --tty out to hand a file or pipe to the container.");
        }
    }

    /// <summary>
    /// Sends signals also to a process with a terminal: its keys are input, but what other programs send is not, nor are keys without an
    /// input.
    /// </summary>
    public bool ForwardsWithTerminal { get; init; }

    /// <summary>Sends the signals that this process gets to the container until the result is disposed of.</summary>
    public IDisposable? ForwardSignals(ParseResult parsed, string container)
        => options.ForwardSignals && (!withTerminal || ForwardsWithTerminal) && parsed.InvocationConfiguration is Interruption interruption
            ? interruption.Forward(signal => _ = SendAsync(container, signal))
            : null;

    /// <summary>Connects a session with this process until it ends or the detach keys are typed.</summary>
    /// <param name="session">The session.</param>
    /// <param name="container">The container, as the person knows it.</param>
    /// <param name="exitCode">Waits for the exit code when the session has ended.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <returns>The exit code of the process in the container; 0 when it goes on without us.</returns>
    public async Task<int> RelayAsync(
        ContainerSession session, string container, Func<CancellationToken, Task<int>> exitCode, CancellationToken cancellationToken)
    {
        await using var output = StandardStream.OpenOutput();
        await using var error = StandardStream.OpenError();
        var relay = new SessionRelay(session, new RelayOptions
        {
            ForwardInput = withInput,
            Output = output,
            Error = error,
            DetachKeys = options.DetachKeys,
            Redraw = Redraw,
        });
        if (await relay.RunAsync(cancellationToken) == RelayOutcome.Detached)
        {
            Screen.Note("");
            Screen.Note($"detached; 'zlayer attach {container}' returns");
            return ExitCode.Done;
        }

        return await exitCode(cancellationToken);
    }

    // A container that does not run yet, or no more, needs no signal.
    private async Task SendAsync(string container, Signal signal)
    {
        try
        {
            await runtime.KillContainerAsync(container, signal, CancellationToken.None);
        }
        catch (ZLayerException)
        {
        }
    }
}
