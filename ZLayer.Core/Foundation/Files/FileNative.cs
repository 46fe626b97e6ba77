using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Files;

/// <summary>The system calls on pipes and devices that the class library does not offer: it waits in open, read and write, and cannot be stopped there.</summary>
internal static unsafe partial class FileNative
{
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int NoTerminal = 0x100;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int DuplicateCloseOnExec = 1030;
    private const int AtCurrentDirectory = -100;
    private const int AtEmptyPath = 0x1000;
    private const int DoNotFollow = 0x100;
    private const uint StatxType = 1;
    private const uint StatxTypeModeAndOwner = 1 | 2 | 8;
    private const uint SymbolicLink = 0xA000;
    private const uint StickyAndWritableByAll = 0x202;

    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>What a path leads to, links followed.</summary>
    public static FileKind KindOf(string path) => KindOf(AtCurrentDirectory, path, 0);

    /// <summary>What is open.</summary>
    public static FileKind KindOf(int descriptor) => KindOf(descriptor, "", AtEmptyPath);

    /// <summary>
    /// Whether a path is a symbolic link itself, and whether it is one that <c>fs.protected_symlinks</c> is about: somebody else's in a directory like /tmp.
    /// </summary>
    /// <param name="path">The path, without a slash at its end.</param>
    /// <param name="directory">The directory that it lies in.</param>
    public static (bool IsLink, bool IsForeign) LinkAt(string path, string directory)
    {
        var isLink = TryGetOwner(path, DoNotFollow, out var mode, out var owner) && (mode & 0xF000) == SymbolicLink;
        return (isLink, isLink && owner != EffectiveUser() && TryGetOwner(directory, 0, out var rights, out var host)
            && (rights & StickyAndWritableByAll) == StickyAndWritableByAll && owner != host);
    }

    /// <summary>Opens without waiting for anybody at the other end; negative on failure.</summary>
    public static int Open(string path, bool forWriting)
    {
        int descriptor;
        while (SystemErrors.WasInterrupted(
            descriptor = OpenOnce(path, (forWriting ? WriteOnly : ReadOnly) | NonBlocking | NoTerminal | CloseOnExec, 0)))
        {
        }

        return descriptor;
    }

    /// <summary>Another descriptor of what is open already; negative on failure.</summary>
    public static int Duplicate(int descriptor) => Control(descriptor, DuplicateCloseOnExec, 0);

    /// <summary>Whether something can be read or written, or the other end is gone, within so many milliseconds.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static bool IsReady(SafeHandle descriptor, bool forWriting, int milliseconds)
    {
        var isHeld = false;
        try
        {
            descriptor.DangerousAddRef(ref isHeld);
            // poll(2): POLLIN is 1, POLLOUT 4. A call that a signal interrupts was not ready.
            var poll = new PollDescriptor { Descriptor = (int)descriptor.DangerousGetHandle(), Events = (short)(forWriting ? 4 : 1) };
            return Poll(&poll, 1, milliseconds) > 0;
        }
        finally
        {
            if (isHeld)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    private static FileKind KindOf(int directory, string path, int flags)
    {
        // struct statx (linux/stat.h) has the same layout on every architecture: 256 bytes, stx_mode at 28.
        var status = stackalloc byte[256];
        int result;
        while (SystemErrors.WasInterrupted(result = Statx(directory, path, flags, StatxType, status)))
        {
        }

        return result != 0 ? FileKind.None : (*(ushort*)(status + 28) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0x1000 => FileKind.Pipe,
            0x2000 or 0x6000 => FileKind.Device,
            0xC000 => FileKind.Socket,
            _ => FileKind.None,
        };
    }

    private static bool TryGetOwner(string path, int flags, out uint mode, out uint owner)
    {
        // As above; stx_uid is at 20.
        var status = stackalloc byte[256];
        int result;
        while (SystemErrors.WasInterrupted(result = Statx(AtCurrentDirectory, path, flags, StatxTypeModeAndOwner, status)))
        {
        }

        (mode, owner) = result == 0 ? (*(ushort*)(status + 28), *(uint*)(status + 20)) : default;
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenOnce(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
