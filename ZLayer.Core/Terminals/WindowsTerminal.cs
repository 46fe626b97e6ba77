using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Terminals;

/// <summary>The Windows console, with keys and colours as escape sequences.</summary>
internal sealed class WindowsTerminal : LocalTerminal
{
    private const uint Cooked = ConsoleNative.ProcessedInput | ConsoleNative.LineInput | ConsoleNative.EchoInput;

    // The console tells resizes only to those who read its input records, and keys would be lost to them.
    private static readonly TimeSpan SizeInterval = TimeSpan.FromMilliseconds(250);

    public override bool IsInput => ConsoleNative.GetMode(ConsoleNative.InputHandle) is not null;

    public override bool IsOutput => ConsoleNative.GetMode(ConsoleNative.OutputHandle) is not null;

    public override TerminalSize? Size => IsOutput ? new TerminalSize((ushort)Console.WindowHeight, (ushort)Console.WindowWidth) : null;

    public override IDisposable WatchSize(Action<TerminalSize> changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        var last = Size;
        var sequence = new Lock();
        return new Registration(new Timer(
            _ =>
            {
                lock (sequence)
                {
                    if (Size is { } size && size != last)
                    {
                        last = size;
                        changed(size);
                    }
                }
            },
            null,
            SizeInterval,
            SizeInterval));
    }

    public override LocalInput OpenInput() => new WindowsInput();

    internal override ModeChange? ApplyLineMode()
    {
        if (ConsoleNative.GetMode(ConsoleNative.InputHandle) is not { } before)
        {
            return null;
        }

        Apply();
        return new ModeChange(() => ConsoleNative.SetMode(ConsoleNative.InputHandle, before), Apply);

        void Apply() => ConsoleNative.SetMode(ConsoleNative.InputHandle, (before | Cooked) & ~ConsoleNative.VirtualTerminalInput);
    }

    internal override ModeChange? ApplyRawMode()
    {
        if (ConsoleNative.GetMode(ConsoleNative.InputHandle) is not { } input)
        {
            return null;
        }

        var output = ConsoleNative.GetMode(ConsoleNative.OutputHandle);
        var codePage = ConsoleNative.GetOutputCodePage();
        Apply();
        return new ModeChange(Restore, Apply);

        void Apply()
        {
            ConsoleNative.SetMode(ConsoleNative.InputHandle, (input & ~Cooked) | ConsoleNative.VirtualTerminalInput);
            if (output is { } mode)
            {
                ConsoleNative.SetMode(
                    ConsoleNative.OutputHandle, mode | ConsoleNative.VirtualTerminalProcessing | ConsoleNative.NoAutomaticReturn);
                _ = ConsoleNative.SetOutputCodePage(ConsoleNative.Utf8);
            }
        }

        void Restore()
        {
            ConsoleNative.SetMode(ConsoleNative.InputHandle, input);
            if (output is { } mode)
            {
                ConsoleNative.SetMode(ConsoleNative.OutputHandle, mode);
                _ = ConsoleNative.SetOutputCodePage(codePage);
            }
        }
    }
}
