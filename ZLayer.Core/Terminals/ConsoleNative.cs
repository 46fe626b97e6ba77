using System.Runtime.InteropServices;

namespace ZLayer.Core.Terminals;

/// <summary>The calls of the Windows console that the base class library does not offer.</summary>
internal static unsafe partial class ConsoleNative
{
    public const int InputHandle = -10;
    public const int OutputHandle = -11;

    public const uint ProcessedInput = 0x0001;
    public const uint LineInput = 0x0002;
    public const uint EchoInput = 0x0004;
    public const uint VirtualTerminalInput = 0x0200;
    public const uint VirtualTerminalProcessing = 0x0004;
    public const uint NoAutomaticReturn = 0x0008;
    public const uint Utf8 = 65001;

    public const ushort KeyEvent = 1;

    private const uint Infinite = 0xFFFFFFFF;

    /// <summary>The console mode of a standard handle; null when it is no console.</summary>
    public static uint? GetMode(int standardHandle) => GetConsoleMode(GetStandardHandle(standardHandle), out var mode) != 0 ? mode : null;

    public static void SetMode(int standardHandle, uint mode) => _ = SetConsoleMode(GetStandardHandle(standardHandle), mode);

    /// <summary>Waits for input records or for the event; false when it was the event.</summary>
    public static bool WaitForInput(nint cancelled)
    {
        var handles = stackalloc nint[] { cancelled, GetStandardHandle(InputHandle) };
        return WaitForMultiple(2, handles, 0, Infinite) == 1;
    }

    /// <summary>Takes input records that are there.</summary>
    public static int ReadInput(Span<InputRecord> records)
    {
        fixed (InputRecord* pointer = records)
        {
            return ReadConsoleInput(GetStandardHandle(InputHandle), pointer, (uint)records.Length, out var read) != 0 ? (int)read : 0;
        }
    }

    /// <summary>Ends a waiting read of standard input that is a pipe or file.</summary>
    public static void CancelRead() => _ = CancelInputOutput(GetStandardHandle(InputHandle), 0);

    [LibraryImport("kernel32", EntryPoint = "GetConsoleOutputCP")]
    public static partial uint GetOutputCodePage();

    [LibraryImport("kernel32", EntryPoint = "SetConsoleOutputCP")]
    public static partial int SetOutputCodePage(uint codePage);

    [LibraryImport("kernel32", EntryPoint = "GetStdHandle")]
    private static partial nint GetStandardHandle(int which);

    [LibraryImport("kernel32", EntryPoint = "GetConsoleMode")]
    private static partial int GetConsoleMode(nint handle, out uint mode);

    [LibraryImport("kernel32", EntryPoint = "SetConsoleMode")]
    private static partial int SetConsoleMode(nint handle, uint mode);

    [LibraryImport("kernel32", EntryPoint = "ReadConsoleInputW")]
    private static partial int ReadConsoleInput(nint handle, InputRecord* records, uint count, out uint read);

    [LibraryImport("kernel32", EntryPoint = "WaitForMultipleObjects")]
    private static partial uint WaitForMultiple(uint count, nint* handles, int all, uint milliseconds);

    [LibraryImport("kernel32", EntryPoint = "CancelIoEx")]
    private static partial int CancelInputOutput(nint handle, nint overlapped);

    /// <summary>INPUT_RECORD with a KEY_EVENT_RECORD; other kinds are only told apart.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 20)]
    public struct InputRecord
    {
        [FieldOffset(0)]
        public ushort Kind;

        [FieldOffset(4)]
        public int IsDown;

        [FieldOffset(8)]
        public ushort RepeatCount;

        [FieldOffset(10)]
        public ushort VirtualKey;

        [FieldOffset(14)]
        public char Character;
    }
}
