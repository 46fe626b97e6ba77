using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The system calls of Linux that the platform library does not offer.</summary>
internal static partial class LinuxNative
{
    public const int KillSignal = 9;
    public const int TerminateSignal = 15;

    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicStatus = 0x7ff;

    /// <summary>The status of a path itself, or null when there is nothing.</summary>
    public static unsafe FileStatus? Status(string path, bool follow = false)
    {
        StatxBuffer buffer;
        int result;
        while (SystemErrors.WasInterrupted(result = Statx(CurrentDirectory, path, follow ? 0 : DoNotFollow, BasicStatus, &buffer)))
        {
        }

        if (result == 0)
        {
            return new FileStatus(buffer.Mode, buffer.Uid, buffer.Gid, buffer.Size, buffer.RdevMajor, buffer.RdevMinor);
        }

        var error = Marshal.GetLastPInvokeError();
        return error is SystemErrors.NotFound or SystemErrors.NotDirectory
            ? null
            : throw SystemErrors.ToException($"Cannot look at '{path}'", path, error, isWrite: false);
    }

    /// <summary>The first byte of an extended attribute of the path itself; null when it has none.</summary>
    public static unsafe byte? FirstByteOfAttribute(string path, string name)
    {
        byte value;
        return LGetXAttr(path, name, &value, 1) == 1 ? value : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveFile(string path);

    /// <summary>Changes the owner of the path itself; it does not follow a link.</summary>
    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, StatxBuffer* buffer);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint LGetXAttr(string path, string name, byte* value, nuint size);

    // struct statx of statx(2), which is the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBuffer
    {
        [FieldOffset(20)]
        public uint Uid;
        [FieldOffset(24)]
        public uint Gid;
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(40)]
        public ulong Size;
        [FieldOffset(128)]
        public uint RdevMajor;
        [FieldOffset(132)]
        public uint RdevMinor;
    }
}
