using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Terminals;

/// <summary>
/// The terminal that a person sits at: the standard input and output of the process. Each of the two may be a terminal or not, as in
/// <c>zlayer run -it … &gt; file</c>.
/// </summary>
public abstract class LocalTerminal
{
    /// <summary>The terminal of this process. Looking at it changes nothing.</summary>
    public static LocalTerminal OfProcess { get; } = OperatingSystem.IsWindows() ? new WindowsTerminal() : new UnixTerminal(0, 1);

    /// <summary>Whether standard input is a terminal.</summary>
    public abstract bool IsInput { get; }

    /// <summary>Whether standard output is a terminal.</summary>
    public abstract bool IsOutput { get; }

    /// <summary>Whether a person can both see and type.</summary>
    public bool IsInteractive => IsInput && IsOutput;

    /// <summary>The size in characters; null when standard output is no terminal or does not tell.</summary>
    public abstract TerminalSize? Size { get; }

    /// <summary>
    /// Hands every key to whoever reads the input, Ctrl+C included, without echo and without waiting for a line. The modes from before come
    /// back when the result is disposed of, when the process ends, and on SIGHUP, SIGINT, SIGQUIT and SIGTERM.
    /// </summary>
    /// <returns>What ends it; it does nothing where standard input is no terminal.</returns>
    public TerminalMode EnterRawMode() => new(ApplyRawMode);

    /// <summary>
    /// Lets the terminal edit lines and hand them over whole, whatever the program that runs us has set. The end is as for
    /// <see cref="EnterRawMode"/>.
    /// </summary>
    public TerminalMode EnterLineMode() => new(ApplyLineMode);

    /// <summary>Calls back when the size changes; ends when the result is disposed of.</summary>
    /// <param name="changed">Called on a thread of its own, never twice at once.</param>
    public abstract IDisposable WatchSize(Action<TerminalSize> changed);

    /// <summary>The input, byte for byte, with a reading that can be ended at any time.</summary>
    public abstract LocalInput OpenInput();

    /// <summary>The error of something that needs a person at a terminal.</summary>
    /// <param name="what">What was attempted: <c>Enter-ZLayerContainer</c>.</param>
    /// <param name="why">Why it cannot be here: a clause that completes "because …".</param>
    /// <param name="advice">What to do instead.</param>
    public static ZLayerException Required(string what, string why, string advice)
        => new(ZLayerErrorKind.InteractiveHostRequired, $"{what} needs an interactive terminal: {why}.") { Advice = advice };

    /// <summary>Switches to raw mode.</summary>
    /// <returns>What puts the modes back that were in effect, any number of times; null when there is nothing to switch.</returns>
    internal abstract ModeChange? ApplyRawMode();

    /// <summary>Switches to lines.</summary>
    /// <returns>As <see cref="ApplyRawMode"/>.</returns>
    internal abstract ModeChange? ApplyLineMode();

    /// <summary>A change of a terminal's modes that can be undone and done again.</summary>
    /// <param name="Restore">Puts the modes from before back.</param>
    /// <param name="Reapply">Makes the change again.</param>
    internal sealed record ModeChange(Action Restore, Action Reapply);

    /// <summary>A notification that is switched off when disposed of.</summary>
    private protected sealed class Registration(params IDisposable[] parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }
}
