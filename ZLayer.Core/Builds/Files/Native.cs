using System.Runtime.InteropServices;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The Linux calls that reading trees needs and the base class library does not offer: entries with all their times and numbers in one call,
/// and opening below a directory without following any link.
/// </summary>
internal static unsafe partial class Native
{
    public const int NotFound = 2;
    public const int AccessDenied = 13;
    public const int NotDirectory = 20;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;

    public const int OpenDirectory = 0x10000;
    public const int OpenNoFollow = 0x20000;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenNonBlocking = 0x800;

    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int DoNotSync = 0x4000;
    private const uint BasicStats = 0x7ff;
    private const long OpenAt2 = 437;
    private const ulong ResolveBeneathWithoutLinks = 0x08 | 0x04 | 0x02;
    private const int PermissionDenied = 1;

    // arm64 and riscv64 share the generic table; x64 has its own. O_DIRECTORY and O_NOFOLLOW differ on arm64.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly long GetDirectoryEntries = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    /// <summary>True where these calls exist.</summary>
    public static bool IsSupported
        => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64;

    /// <summary>Opens a directory by its absolute path, following links.</summary>
    /// <returns>The descriptor, or -1.</returns>
    public static int OpenRoot(string path) => Open(path, Flags(OpenDirectory | OpenCloseOnExec));

    /// <summary>Opens a path below a directory; fails with ELOOP where any segment is a link.</summary>
    /// <returns>The descriptor, or -1.</returns>
    public static int OpenBeneath(int root, byte* path, int flags)
    {
        var how = stackalloc ulong[3];
        how[0] = (ulong)Flags(flags | OpenNoFollow | OpenCloseOnExec);
        how[1] = 0;
        how[2] = ResolveBeneathWithoutLinks;
        var descriptor = SystemCall(OpenAt2, root, (nint)path, (nint)how, 24);
        if (descriptor >= 0 || Marshal.GetLastPInvokeError() is not (NotImplemented or PermissionDenied))
        {
            return (int)descriptor;
        }

        // Kernels before 5.6, and seccomp filters that do not know the call: the last segment at least is never followed.
        return OpenAt(root, path, Flags(flags | OpenNoFollow | OpenCloseOnExec));
    }

    /// <summary>Describes an entry of an open directory without following a link.</summary>
    public static bool TryStat(int directory, byte* name, out Statx status)
    {
        fixed (Statx* result = &status)
        {
            return StatExtended(directory, name, NoFollow | DoNotSync, BasicStats, result) == 0;
        }
    }

    /// <summary>Describes an open file.</summary>
    public static bool TryStat(int descriptor, out Statx status)
    {
        byte empty = 0;
        fixed (Statx* result = &status)
        {
            return StatExtended(descriptor, &empty, EmptyPath, BasicStats, result) == 0;
        }
    }

    /// <summary>Reads directory entries (<c>struct linux_dirent64</c>).</summary>
    /// <returns>The number of bytes; 0 at the end, -1 on failure.</returns>
    public static int ReadDirectory(int descriptor, byte* buffer, int size) => (int)SystemCall(GetDirectoryEntries, descriptor, (nint)buffer, size, 0);

    private static int Flags(int flags)
    {
        if (!IsArm)
        {
            return flags;
        }

        var others = flags & ~(OpenDirectory | OpenNoFollow);
        return others | ((flags & OpenDirectory) != 0 ? 0x4000 : 0) | ((flags & OpenNoFollow) != 0 ? 0x8000 : 0);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int directory, byte* path, int flags);

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
