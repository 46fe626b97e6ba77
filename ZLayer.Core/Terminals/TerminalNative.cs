using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Terminals;

/// <summary>
/// The POSIX calls of terminals and their descriptors. Settings are nearly opaque: libc looks into them, and we at three of their words.
/// </summary>
internal static unsafe class TerminalNative
{
    /// <summary>More than the size of <c>struct termios</c> on any system (glibc 60 bytes, macOS 72).</summary>
    public const int SettingsSize = 256;

    private static nuint WindowSizeRequest => OperatingSystem.IsMacOS() ? 0x40087468 : 0x5413u;

    private static int TryAgain => OperatingSystem.IsMacOS() ? 35 : SystemErrors.TryAgain;

    public static bool IsTerminal(int descriptor) => SystemCalls.IsTerminal(descriptor) == 1;

    /// <summary>The settings of a terminal; null when it has gone.</summary>
    public static byte[]? GetSettings(int descriptor)
    {
        var settings = new byte[SettingsSize];
        fixed (byte* pointer = settings)
        {
            return SystemCalls.GetTerminal(descriptor, pointer) == 0 ? settings : null;
        }
    }

    /// <summary>Applies settings at once; false when the terminal has gone.</summary>
    public static bool SetSettings(int descriptor, byte[] settings)
    {
        fixed (byte* pointer = settings)
        {
            return SystemCalls.SetTerminal(descriptor, pointer) == 0;
        }
    }

    /// <summary>The same settings with nothing interpreted: no echo, no lines, no signals, no translation of line ends.</summary>
    public static byte[] MakeRaw(byte[] settings)
    {
        var raw = (byte[])settings.Clone();
        fixed (byte* pointer = raw)
        {
            SystemCalls.MakeRaw(pointer);
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
            ? SystemCalls.GetWindowSizeOnStack(descriptor, WindowSizeRequest, 0, 0, 0, 0, 0, 0, size)
            : SystemCalls.GetWindowSize(descriptor, WindowSizeRequest, size);
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
                read = SystemCalls.Read(descriptor, pointer, (nuint)buffer.Length);
            }
            while (read < 0 && IsPassing(descriptor, SystemCalls.PollIn));
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
                written = SystemCalls.Write(descriptor, pointer, (nuint)buffer.Length);
            }
            while (written < 0 && IsPassing(descriptor, SystemCalls.PollOut));
            return (int)written;
        }
    }

    /// <summary>Waits until one of two descriptors can be read or has ended.</summary>
    /// <returns>Whether the first, and whether the second.</returns>
    public static (bool First, bool Second) WaitReadable(int first, int second)
    {
        var polled = stackalloc SystemCalls.PollDescriptor[2];
        do
        {
            polled[0] = new SystemCalls.PollDescriptor { Descriptor = first, Events = SystemCalls.PollIn };
            polled[1] = new SystemCalls.PollDescriptor { Descriptor = second, Events = SystemCalls.PollIn };
        }
        while (SystemErrors.WasInterrupted(SystemCalls.Poll(polled, 2, -1)));
        return (polled[0].Returned != 0, polled[1].Returned != 0);
    }

    // A descriptor shared with a program that made it non-blocking is waited for, not failed on.
    private static bool IsPassing(int descriptor, short events)
    {
        if (SystemCalls.LastError != TryAgain)
        {
            return false;
        }

        var polled = new SystemCalls.PollDescriptor { Descriptor = descriptor, Events = events };
        _ = SystemCalls.Poll(&polled, 1, -1);
        return true;
    }
}
