using System.Runtime.InteropServices;
using System.Text;
using ZLayer.Core.Terminals;

namespace ZLayer.Core.Tests.Terminals;

/// <summary>A terminal without a window: what a person would type is written to one end, what a program would read arrives at the other.</summary>
internal sealed unsafe partial class PseudoTerminal : IDisposable
{
    private bool _isWindowClosed;

    public PseudoTerminal(ushort rows = 24, ushort columns = 80)
    {
        var size = stackalloc ushort[] { rows, columns, 0, 0 };
        int window, program;
        Assert.Equal(0, Open(&window, &program, null, null, size));
        (Window, Program) = (window, program);
    }

    /// <summary>The person's end.</summary>
    public int Window { get; }

    /// <summary>The program's end.</summary>
    public int Program { get; }

    public void Type(string text) => Assert.Equal(text.Length, TerminalNative.WriteSome(Window, Encoding.ASCII.GetBytes(text)));

    /// <summary>What stty(1) says of the program's end, all of it.</summary>
    public string Settings() => Convert.ToHexString(TerminalNative.GetSettings(Program)!);

    /// <summary>As when a person closes the window.</summary>
    public void CloseWindow()
    {
        if (!_isWindowClosed)
        {
            _isWindowClosed = true;
            _ = Close(Window);
        }
    }

    public void Dispose()
    {
        CloseWindow();
        _ = Close(Program);
    }

    [LibraryImport("libc", EntryPoint = "openpty")]
    private static partial int Open(int* window, int* program, byte* name, byte* settings, ushort* size);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
