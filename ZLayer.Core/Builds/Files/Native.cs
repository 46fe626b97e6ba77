using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>The Linux calls that reading trees needs and the base class library does not offer: entries with all their times and numbers in one call.</summary>
internal static unsafe partial class Native
{
    public const int NotFound = 2;
    public const int AccessDenied = 13;
    public const int NotDirectory = 20;
    public const int TooManyLinks = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;

    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int DoNotSync = 0x4000;
    private const uint BasicStats = 0x7ff;

    // arm64 and riscv64 share the generic table; x64 has its own.
    private static readonly long GetDirectoryEntries = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    /// <summary>True where these calls exist.</summary>
    public static bool IsSupported
        => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64;

    /// <summary>Describes an entry of an open directory without following a link.</summary>
    public static bool TryStat(int directory, byte* name, out Statx status)
    {
        fixed (Statx* result = &status)
        {
            return StatAgain(directory, name, NoFollow | DoNotSync, result) == 0;
        }
    }

    /// <summary>Describes an open file.</summary>
    public static bool TryStat(int descriptor, out Statx status)
    {
        byte empty = 0;
        fixed (Statx* result = &status)
        {
            return StatAgain(descriptor, &empty, EmptyPath, result) == 0;
        }
    }

    /// <summary>Reads directory entries (<c>struct linux_dirent64</c>).</summary>
    /// <returns>The number of bytes; 0 at the end, -1 on failure.</returns>
    public static int ReadDirectory(int descriptor, byte* buffer, int size)
    {
        long length;
        while (SystemErrors.WasInterrupted(length = SystemCall(GetDirectoryEntries, descriptor, (nint)buffer, size, 0)))
        {
        }

        return (int)length;
    }

    private static int StatAgain(int directory, byte* path, int flags, Statx* status)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = StatExtended(directory, path, flags, BasicStats, status)))
        {
        }

        return result;
    }

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLink(int directory, byte* name, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetAttribute(int descriptor, string name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatExtended(int directory, byte* path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, nint first, nint second, nint third, nint fourth);

    /// <summary><c>struct statx</c> (statx(2)): the same layout on every architecture.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct Statx
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint Uid;
        public uint Gid;
        public ushort Mode;
        private readonly ushort _spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public Timestamp Access;
        public Timestamp Birth;
        public Timestamp Change;
        public Timestamp Modification;
        public uint DeviceMajor;
        public uint DeviceMinor;
        public uint FileSystemMajor;
        public uint FileSystemMinor;
    }

    /// <summary><c>struct statx_timestamp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timestamp
    {
        public long Seconds;
        public uint Nanoseconds;
        private readonly int _reserved;

        public readonly long TotalNanoseconds => unchecked((Seconds * 1_000_000_000) + Nanoseconds);
    }
}
