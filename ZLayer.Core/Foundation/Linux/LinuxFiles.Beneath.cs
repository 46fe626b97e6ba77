using System.Runtime.InteropServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Linux;

// Opening in trees of strangers: openat2(2), and what stands in for it on kernels before 5.6 and below filters that do not know the call.
internal static unsafe partial class LinuxFiles
{
    private const int MostAttempts = 128;

    private const ulong ResolveWithoutMounts = 0x01;
    private const ulong ResolveWithoutMagicLinks = 0x02;
    private const ulong ResolveWithoutLinks = 0x04;
    private const ulong ResolveBeneath = 0x08;

    /// <summary>Opens a directory by its name in an open one, never through a link; -1 on failure.</summary>
    /// <param name="directory">The open directory.</param>
    /// <param name="name">The name, ended by a zero.</param>
    /// <param name="staysOnMount">Whether one that something is mounted on counts as <see cref="SystemErrors.Busy"/>.</param>
    public static int OpenChildDirectory(int directory, byte[] name, bool staysOnMount)
    {
        var flags = OpenReadOnly | OpenDirectoryFlag | OpenNoFollowFlag | OpenCloseOnExec;
        fixed (byte* start = name)
        {
            if (!staysOnMount)
            {
                return SystemCalls.OpenAt(directory, start, flags, 0);
            }

            var descriptor = OpenAt2(directory, start, flags, ResolveWithoutMounts | ResolveWithoutLinks);
            if (descriptor < 0 && SystemCalls.LastError == SystemErrors.OtherDevice)
            {
                Fail(SystemErrors.Busy);
            }

            return descriptor < 0 && IsOpenAt2Refused ? OpenOnFileSystem(directory, start, flags) : descriptor;
        }
    }

    /// <summary>
    /// Opens a path below a directory without ever leaving it; -1 on failure, <see cref="SystemErrors.OtherDevice"/> when it leads out.
    /// </summary>
    /// <param name="root">The open directory.</param>
    /// <param name="path">The path, ended by a zero.</param>
    /// <param name="flags">Further flags.</param>
    /// <param name="followsLinks">Whether links that stay below are followed, where the kernel can do that; else links are errors.</param>
    public static int OpenBeneath(int root, byte* path, int flags, bool followsLinks = false)
    {
        flags |= OpenCloseOnExec | (followsLinks ? 0 : OpenNoFollowFlag);
        var descriptor = OpenAt2(root, path, flags, ResolveBeneath | ResolveWithoutMagicLinks | (followsLinks ? 0 : ResolveWithoutLinks));
        return descriptor < 0 && IsOpenAt2Refused ? OpenByNames(root, path, flags) : descriptor;
    }

    /// <summary>As <see cref="OpenBeneath"/> one name after the other, without links.</summary>
    public static int OpenByNames(int root, byte* path, int flags)
    {
        var directory = root;
        try
        {
            for (var rest = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path); ;)
            {
                if (rest.IsEmpty || rest[0] == (byte)'/')
                {
                    return FailWith(SystemErrors.OtherDevice);
                }

                var slash = rest.IndexOf((byte)'/');
                var name = slash < 0 ? rest : rest[..slash];
                if (name.SequenceEqual(".."u8))
                {
                    return FailWith(SystemErrors.OtherDevice);
                }

                var isLast = slash < 0;
                var next = OpenName(
                    directory, name, isLast ? flags | OpenNoFollowFlag : OpenPath | OpenDirectoryFlag | OpenNoFollowFlag | OpenCloseOnExec);
                if (isLast || next < 0)
                {
                    return next;
                }

                CloseOther(directory, root);
                directory = next;
                rest = rest[slash..].TrimStart((byte)'/');
            }
        }
        finally
        {
            CloseOther(directory, root);
        }
    }

    /// <summary>Makes an error the <see cref="SystemCalls.LastError"/>, unless it is 0; always false.</summary>
    public static bool Fail(int error)
    {
        if (error != 0)
        {
            Marshal.SetLastPInvokeError(error);
        }

        return false;
    }

    private static bool IsOpenAt2Refused => SystemCalls.LastError is SystemErrors.NotImplemented or SystemErrors.NotPermitted;

    private static int OpenAt2(int directory, byte* path, int flags, ulong resolve)
    {
        var how = stackalloc ulong[3];
        how[0] = (ulong)(uint)flags;
        how[1] = 0;
        how[2] = resolve;
        for (var attempt = 1; ; attempt++)
        {
            var descriptor = SystemCalls.OpenAt2(directory, path, how);
            if (descriptor >= 0
                || SystemCalls.LastError is not (SystemErrors.TryAgain or SystemErrors.Interrupted)
                || attempt == MostAttempts)
            {
                return descriptor;
            }
        }
    }

    // Sees other file systems only, not other mounts of the same one.
    private static int OpenOnFileSystem(int directory, byte* name, int flags)
    {
        var descriptor = SystemCalls.OpenAt(directory, name, flags, 0);
        if (descriptor < 0 || Status(descriptor)?.FileSystem == Status(directory)?.FileSystem)
        {
            return descriptor;
        }

        Close(descriptor);
        return FailWith(SystemErrors.Busy);
    }

    private static int OpenName(int directory, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* start = (byte[])[.. name, 0])
        {
            return SystemCalls.OpenAt(directory, start, flags, 0);
        }
    }

    private static void CloseOther(int directory, int root)
    {
        if (directory != root)
        {
            Close(directory);
        }
    }

    private static int FailWith(int error)
    {
        Fail(error);
        return -1;
    }
}
