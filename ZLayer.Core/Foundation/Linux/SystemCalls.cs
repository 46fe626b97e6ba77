using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>
/// The calls of libc that the class library does not offer, each once: negative on failure, with the reason in <see cref="LastError"/>.
/// Names are bytes ended by a zero where many are looked at. 64-bit Linux; the calls on descriptors and terminals are for macOS, too.
/// </summary>
internal static unsafe partial class SystemCalls
{
    public const int KillSignal = 9;
    public const int TerminateSignal = 15;

    public const short PollIn = 1;
    public const short PollOut = 4;

    private const long OpenAt2Call = 437;

    // arm64 and riscv64 share the generic table; x64 has its own.
    private static readonly long ReadEntriesCall = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    public static int LastError => Marshal.GetLastPInvokeError();

    // A signal interrupts any of these calls where the file system is a remote one or in user space; then they are made again.
    public static int Open(string path, int flags, uint mode = 0)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = OpenOnce(path, flags, mode)))
        {
        }

        return result;
    }

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

    public static int StatX(int directory, byte* name, int flags, uint mask, LinuxFileStatus* status)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = StatXOnce(directory, name, flags, mask, status)))
        {
        }

        return result;
    }

    public static nint ReadLinkAt(int directory, byte* name, byte* buffer, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = ReadLinkAtOnce(directory, name, buffer, size)))
        {
        }

        return result;
    }

    public static int SetTimes(int directory, byte* name, LinuxTime* times, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SetTimesOnce(directory, name, times, flags)))
        {
        }

        return result;
    }

    public static int SetTimes(int descriptor, LinuxTime* times)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SetTimesOnce(descriptor, times)))
        {
        }

        return result;
    }

    public static int ChangeOwner(int directory, byte* name, uint uid, uint gid, int flags)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = ChangeOwnerOnce(directory, name, uid, gid, flags)))
        {
        }

        return result;
    }

    public static nint Read(int descriptor, byte* buffer, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = ReadOnce(descriptor, buffer, size)))
        {
        }

        return result;
    }

    public static nint Write(int descriptor, byte* buffer, nuint size)
    {
        nint result;
        while (SystemErrors.WasInterrupted(result = WriteOnce(descriptor, buffer, size)))
        {
        }

        return result;
    }

    public static int Truncate(int descriptor, long length)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = TruncateOnce(descriptor, length)))
        {
        }

        return result;
    }

    public static int Lock(SafeFileHandle file, int operation)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = LockOnce(file, operation)))
        {
        }

        return result;
    }

    public static int FlushData(SafeFileHandle file)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = FlushDataOnce(file)))
        {
        }

        return result;
    }

    public static int FlushFileSystem(SafeFileHandle file)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = FlushFileSystemOnce(file)))
        {
        }

        return result;
    }

    /// <summary>Reads entries of an open directory (<c>struct linux_dirent64</c>): the number of bytes, 0 at the end.</summary>
    public static int ReadEntries(int directory, byte* buffer, int size)
    {
        long length;
        while (SystemErrors.WasInterrupted(length = Call(ReadEntriesCall, directory, (nint)buffer, size, 0)))
        {
        }

        return (int)length;
    }

    /// <summary>openat2(2), once.</summary>
    /// <param name="directory">The open directory.</param>
    /// <param name="path">The path.</param>
    /// <param name="how"><c>struct open_how</c>: flags, mode, resolve.</param>
    public static int OpenAt2(int directory, byte* path, ulong* how)
        => (int)Call(OpenAt2Call, directory, (nint)path, (nint)how, 3 * sizeof(ulong));

    /// <summary>tcsetattr(3) at once.</summary>
    public static int SetTerminal(int descriptor, byte* settings)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SetTerminalOnce(descriptor, 0, settings)))
        {
        }

        return result;
    }
}
