using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Terminals;

/// <summary>A terminal of Linux or macOS.</summary>
/// <param name="input">The descriptor that is read.</param>
/// <param name="output">The descriptor that is written.</param>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixTerminal(int input, int output) : LocalTerminal
{
    public override bool IsInput => TerminalNative.IsTerminal(input);

    public override bool IsOutput => TerminalNative.IsTerminal(output);

    public override TerminalSize? Size
        => IsOutput && TerminalNative.GetWindowSize(output) is var (rows, columns) ? new TerminalSize(rows, columns) : null;

    public override IDisposable WatchSize(Action<TerminalSize> changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        var sequence = new Lock();
        return new Registration(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ =>
        {
            lock (sequence)
            {
                if (Size is { } size)
                {
                    changed(size);
                }
            }
        }));
    }

    public override LocalInput OpenInput() => new UnixInput(input);

    internal override ModeChange? ApplyRawMode() => Change(TerminalNative.MakeRaw);

    internal override ModeChange? ApplyLineMode() => Change(TerminalNative.MakeLines);

    private ModeChange? Change(Func<byte[], byte[]> change)
    {
        if (!IsInput || TerminalNative.GetSettings(input) is not { } before)
        {
            return null;
        }

        var after = change(before);
        TerminalNative.SetSettings(input, after);
        return new ModeChange(() => TerminalNative.SetSettings(input, before), () => TerminalNative.SetSettings(input, after));
    }
}
