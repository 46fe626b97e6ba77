using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Terminals;

/// <summary>The POSIX calls of terminals and their descriptors. Settings are nearly opaque: libc looks into them, and we at three of their words.</summary>
internal static unsafe partial class TerminalNative
{
    /// <summary>More than the size of <c>struct termios</c> on any system (glibc 60 bytes, macOS 72).</summary>
    public const int SettingsSize = 256;

    public const short PollIn = 1;
    public const short PollOut = 4;

    private const int Now = 0;

    private static nuint WindowSizeRequest => OperatingSystem.IsMacOS() ? 0x40087468 : 0x5413u;

    private static int TryAgain => OperatingSystem.IsMacOS() ? 35 : 11;

    public static bool IsTerminal(int descriptor) => IsTty(descriptor) == 1;

    /// <summary>The settings of a terminal; null when it has gone.</summary>
    public static byte[]? GetSettings(int descriptor)
    {
        var settings = new byte[SettingsSize];
        fixed (byte* pointer = settings)
        {
            return GetAttributes(descriptor, pointer) == 0 ? settings : null;
        }
    }

    /// <summary>Applies settings at once; false when the terminal has gone.</summary>
    public static bool SetSettings(int descriptor, byte[] settings)
    {
        fixed (byte* pointer = settings)
        {
            int result;
            do
            {
                result = SetAttributes(descriptor, Now, pointer);
            }
            while (result != 0 && Marshal.GetLastPInvokeError() == SystemErrors.Interrupted);
            return result == 0;
        }
    }

    /// <summary>The same settings with nothing interpreted: no echo, no lines, no signals, no translation of line ends.</summary>
    public static byte[] MakeRaw(byte[] settings)
    {
        var raw = (byte[])settings.Clone();
        fixed (byte* pointer = raw)
        {
            SetRaw(pointer);
        }

        return raw;
    }

    /// <summary>The same settings with lines, echo, signals and ordinary line ends.</summary>
    public static byte[] MakeLines(byte[] settings)
    {
        var lines = (byte[])settings.Clone();
        if (OperatingSystem.IsMacOS())
        {
            // Words of 8 bytes: ICRNL; OPOST and ONLCR; ISIG, ICANON, IEXTEN, ECHO, ECHOE and ECHOK (sys/termios.h).
            var words = MemoryMarshal.Cast<byte, ulong>(lines.AsSpan());
            (words[0], words[1], words[3]) = (words[0] | 0x100, words[1] | 0x3, words[3] | 0x58E);
        }
        else
        {
            // Words of 4 bytes, the same flags (asm-generic/termbits.h).
            var words = MemoryMarshal.Cast<byte, uint>(lines.AsSpan());
            (words[0], words[1], words[3]) = (words[0] | 0x100, words[1] | 0x5, words[3] | 0x803B);
        }

        return lines;
    }

    /// <summary>Lines and characters in a line; null when the terminal does not tell.</summary>
    public static (ushort Rows, ushort Columns)? GetWindowSize(int descriptor)
    {
        var size = stackalloc ushort[4];
        var result = OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ControlOnStack(descriptor, WindowSizeRequest, 0, 0, 0, 0, 0, 0, size)
            : Control(descriptor, WindowSizeRequest, size);
        return result == 0 && size[0] > 0 && size[1] > 0 ? (size[0], size[1]) : null;
    }

    /// <summary>Reads what is there; 0 is the end, -1 an error.</summary>
    public static int ReadSome(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint read;
            do
            {
                read = Read(descriptor, pointer, (nuint)buffer.Length);
            }
            while (read < 0 && IsPassing(descriptor, PollIn));
            return (int)read;
        }
    }

    /// <summary>Writes some of the bytes; -1 is an error.</summary>
    public static int WriteSome(int descriptor, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint written;
            do
            {
                written = Write(descriptor, pointer, (nuint)buffer.Length);
            }
            while (written < 0 && IsPassing(descriptor, PollOut));
            return (int)written;
        }
    }

    /// <summary>Waits until one of two descriptors can be read or has ended.</summary>
    /// <returns>Whether the first, and whether the second.</returns>
    public static (bool First, bool Second) WaitReadable(int first, int second)
    {
        var polled = stackalloc PollDescriptor[2];
        do
        {
            polled[0] = new PollDescriptor { Descriptor = first, Events = PollIn };
            polled[1] = new PollDescriptor { Descriptor = second, Events = PollIn };
        }
        while (Poll(polled, 2, -1) < 0 && Marshal.GetLastPInvokeError() == SystemErrors.Interrupted);
        return (polled[0].Returned != 0, polled[1].Returned != 0);
    }

    // A descriptor shared with a program that made it non-blocking is waited for, not failed on.
    private static bool IsPassing(int descriptor, short events)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == TryAgain)
        {
            var polled = new PollDescriptor { Descriptor = descriptor, Events = events };
            _ = Poll(&polled, 1, -1);
        }

        return error == SystemErrors.Interrupted || error == TryAgain;
    }

    [LibraryImport("libc", EntryPoint = "isatty", SetLastError = true)]
    private static partial int IsTty(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, byte* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte* settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void SetRaw(byte* settings);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, ushort* size);

    // Apple's arm64 convention passes variable arguments on the stack, which begins after eight registers.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlOnStack(int descriptor, nuint request, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, ushort* size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
