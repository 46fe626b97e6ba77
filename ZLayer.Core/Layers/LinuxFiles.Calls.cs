using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

// The part with the calls themselves.
internal static unsafe partial class LinuxFiles
{
    // A signal interrupts any of these calls where the file system is a remote one or in user space; then they are made again.
    public static int OpenAt(int directory, byte* name, int flags, uint mode)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = OpenAtOnce(directory, name, flags, mode)))
        {
        }

        return result;
    }

    public static int MakeDirectory(int directory, byte* name, uint mode)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = MakeDirectoryOnce(directory, name, mode)))
        {
        }

        return result;
    }

    public static int MakeNode(int directory, byte* name, uint mode, ulong device)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = MakeNodeOnce(directory, name, mode, device)))
        {
        }

        return result;
    }

    public static int MakeSymbolicLink(byte* target, int directory, byte* name)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = MakeSymbolicLinkOnce(target, directory, name)))
        {
        }

        return result;
    }

    public static int MakeHardLink(int targetDirectory, byte* target, int directory, byte* name, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = MakeHardLinkOnce(targetDirectory, target, directory, name, flags)))
        {
        }

        return result;
    }

    public static int Unlink(int directory, byte* name, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = UnlinkOnce(directory, name, flags)))
        {
        }

        return result;
    }

    public static int Rename(int fromDirectory, byte* from, int toDirectory, byte* to)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = RenameOnce(fromDirectory, from, toDirectory, to)))
        {
        }

        return result;
    }

    public static int ChangeMode(int descriptor, uint mode)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = ChangeModeOnce(descriptor, mode)))
        {
        }

        return result;
    }

    public static int ChangeMode(int directory, byte* name, uint mode, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = ChangeModeOnce(directory, name, mode, flags)))
        {
        }

        return result;
    }

    public static int ChangeOwner(int descriptor, uint uid, uint gid)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = ChangeOwnerOnce(descriptor, uid, gid)))
        {
        }

        return result;
    }

    public static int SetAttribute(int descriptor, byte* name, byte* value, nuint size, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SetAttributeOnce(descriptor, name, value, size, flags)))
        {
        }

        return result;
    }

    public static int SetAttribute(byte* path, byte* name, byte* value, nuint size, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SetAttributeOnce(path, name, value, size, flags)))
        {
        }

        return result;
    }

    public static nint ListAttributes(byte* path, byte* list, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = ListAttributesOnce(path, list, size)))
        {
        }

        return result;
    }

    public static nint GetAttribute(byte* path, byte* name, byte* value, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = GetAttributeOnce(path, name, value, size)))
        {
        }

        return result;
    }

    private static int StatX(int directory, byte* name, int flags, uint mask, LinuxFileStatus* status)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = StatXOnce(directory, name, flags, mask, status)))
        {
        }

        return result;
    }

    private static nint ReadLinkAt(int directory, byte* name, byte* buffer, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = ReadLinkAtOnce(directory, name, buffer, size)))
        {
        }

        return result;
    }

    private static int UTimeNsAt(int directory, byte* name, LinuxTime* times, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = UTimeNsAtOnce(directory, name, times, flags)))
        {
        }

        return result;
    }

    private static int FUTimeNs(int descriptor, LinuxTime* times)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = FUTimeNsOnce(descriptor, times)))
        {
        }

        return result;
    }

    private static int FChownAt(int directory, byte* name, uint uid, uint gid, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = FChownAtOnce(directory, name, uid, gid, flags)))
        {
        }

        return result;
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Truncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAtOnce(int directory, byte* name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MakeDirectoryOnce(int directory, byte* name, uint mode);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    private static partial int MakeNodeOnce(int directory, byte* name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int MakeSymbolicLinkOnce(byte* target, int directory, byte* name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    private static partial int MakeHardLinkOnce(int targetDirectory, byte* target, int directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkOnce(int directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static partial int RenameOnce(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeModeOnce(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    private static partial int ChangeModeOnce(int directory, byte* name, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwnerOnce(int descriptor, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenDirectoryStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    public static partial byte* ReadDirectory(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    private static partial int SetAttributeOnce(int descriptor, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    private static partial int SetAttributeOnce(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    private static partial nint ListAttributesOnce(byte* path, byte* list, nuint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    private static partial nint GetAttributeOnce(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatXOnce(int directory, byte* name, int flags, uint mask, LinuxFileStatus* status);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAtOnce(int directory, byte* name, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int UTimeNsAtOnce(int directory, byte* name, LinuxTime* times, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int FUTimeNsOnce(int descriptor, LinuxTime* times);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    private static partial int FChownAtOnce(int directory, byte* name, uint uid, uint gid, int flags);
}
