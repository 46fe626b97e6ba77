using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>
/// Files by way of <see cref="SystemCalls"/>: names are bytes, directories are descriptors, and a symbolic link is never followed unless
/// that is said. 64-bit Linux.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    public const int CurrentDirectory = -100;

    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNoTerminal = 0x100;
    public const int OpenAppend = 0x400;
    public const int OpenNonBlocking = 0x800;
    public const int OpenPath = 0x200000;
    public const int OpenCloseOnExec = 0x80000;
    public const int UnlinkDirectory = 0x200;

    public const int DoNotFollow = 0x100;
    public const int DoNotSynchronize = 0x4000;

    /// <summary>What a status is asked for: all but the time of birth.</summary>
    public const uint BasicStatus = 0x7FF;

    private const int EmptyPath = 0x1000;

    /// <summary>These flags differ between processor families (asm/fcntl.h).</summary>
    public static int OpenDirectoryFlag => HasArmFlags ? 0x4000 : 0x10000;

    /// <inheritdoc cref="OpenDirectoryFlag"/>
    public static int OpenNoFollowFlag => HasArmFlags ? 0x8000 : 0x20000;

    private static bool HasArmFlags
        => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Ppc64le;

    /// <summary>Opens a directory by the platform's path, following symbolic links; -1 on failure.</summary>
    public static int OpenDirectory(string path)
    {
        fixed (byte* name = ToName(path))
        {
            return SystemCalls.OpenAt(CurrentDirectory, name, OpenReadOnly | OpenDirectoryFlag | OpenCloseOnExec, 0);
        }
    }

    /// <summary>The name with the NUL that system calls want.</summary>
    public static byte[] ToName(string name) => [.. FileNameEncoding.Encode(name), 0];

    /// <summary>Opens an entry of a directory for reading. A named pipe that took a file's place meanwhile is not waited for.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, ended by a zero.</param>
    /// <param name="path">The path, for errors.</param>
    /// <param name="flags">Further flags.</param>
    public static int OpenEntry(int directory, byte[] name, string path, int flags)
    {
        fixed (byte* start = name)
        {
            var descriptor = SystemCalls.OpenAt(
                directory, start, OpenReadOnly | OpenNoFollowFlag | OpenNonBlocking | OpenCloseOnExec | flags, 0);
            return descriptor >= 0 ? descriptor : throw Failure("Opening", path, isWrite: false);
        }
    }

    /// <summary>The target of a symbolic link in a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, ended by a zero.</param>
    /// <param name="path">The path, for errors.</param>
    public static string ReadLinkEntry(int directory, byte[] name, string path)
    {
        fixed (byte* start = name)
        {
            return ReadLink(directory, start) ?? throw Failure("Reading", path, isWrite: false);
        }
    }

    /// <summary>The status of a name itself; null, with the reason in <see cref="SystemCalls.LastError"/>, when it cannot be had.</summary>
    public static LinuxFileStatus? Status(int directory, byte* name)
    {
        LinuxFileStatus status;
        return SystemCalls.StatX(directory, name, DoNotFollow, BasicStatus, &status) == 0 ? status : null;
    }

    /// <summary>The status of a path; null, with the reason in <see cref="SystemCalls.LastError"/>, when it cannot be had.</summary>
    /// <param name="path">The platform's path.</param>
    /// <param name="follow">Whether a link at its end is followed.</param>
    public static LinuxFileStatus? Status(string path, bool follow = false)
    {
        LinuxFileStatus status;
        fixed (byte* name = ToName(path))
        {
            return SystemCalls.StatX(CurrentDirectory, name, follow ? 0 : DoNotFollow, BasicStatus, &status) == 0 ? status : null;
        }
    }

    /// <summary>The status of a path; null only when there is nothing.</summary>
    /// <inheritdoc cref="Status(string, bool)"/>
    /// <exception cref="ZLayerException">AccessDenied, StorageReadFailed.</exception>
    public static LinuxFileStatus? Look(string path, bool follow = false)
        => Status(path, follow) ?? (SystemCalls.LastError is SystemErrors.NotFound or SystemErrors.NotDirectory
            ? null
            : throw SystemErrors.ToException($"Cannot look at '{path}'", path, SystemCalls.LastError, isWrite: false));

    /// <summary>
    /// What a path leads to, links followed; None, with the reason in <see cref="SystemCalls.LastError"/>, when it cannot be looked at.
    /// </summary>
    public static FileKind KindOf(string path) => Status(path, follow: true)?.Kind ?? FileKind.None;

    /// <summary>What is open.</summary>
    public static FileKind KindOf(int descriptor) => Status(descriptor)?.Kind ?? FileKind.None;

    /// <summary>The status of an open file.</summary>
    public static LinuxFileStatus? Status(int descriptor)
    {
        LinuxFileStatus status;
        byte empty = 0;
        return SystemCalls.StatX(descriptor, &empty, EmptyPath, BasicStatus, &status) == 0 ? status : null;
    }

    /// <summary>The text of a symbolic link; null, with the reason in <see cref="SystemCalls.LastError"/>, when it is none.</summary>
    public static string? ReadLink(int directory, byte* name)
    {
        // Linux allows no longer text in a link.
        const int Longest = 4096;
        var buffer = stackalloc byte[Longest];
        var length = SystemCalls.ReadLinkAt(directory, name, buffer, Longest);
        return length < 0 ? null : FileNameEncoding.Decode(new ReadOnlySpan<byte>(buffer, (int)length));
    }

    /// <summary>The text of a symbolic link by the platform's path; null when it is none.</summary>
    public static string? ReadLink(string path)
    {
        fixed (byte* name = ToName(path))
        {
            return ReadLink(CurrentDirectory, name);
        }
    }

    /// <summary>Reads from an open file; throws what reading a file of the layer throws.</summary>
    public static int Read(int descriptor, Span<byte> buffer, string path)
    {
        fixed (byte* start = buffer)
        {
            var count = SystemCalls.Read(descriptor, start, (nuint)buffer.Length);
            return count >= 0 ? (int)count : throw Failure("Reading", path, isWrite: false);
        }
    }

    /// <summary>Writes all bytes to an open file.</summary>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes, string path)
    {
        fixed (byte* start = bytes)
        {
            for (var written = 0; written < bytes.Length;)
            {
                var count = SystemCalls.Write(descriptor, start + written, (nuint)(bytes.Length - written));
                written += count >= 0 ? (int)count : throw Failure("Writing", path, isWrite: true);
            }
        }
    }

    /// <summary>Makes an open file longer by zeros that take no room, and goes on behind them.</summary>
    public static void AddHole(int descriptor, long length, string path)
    {
        const int FromHere = 1;
        var end = SystemCalls.Seek(descriptor, length, FromHere);
        if (end < 0 || SystemCalls.Truncate(descriptor, end) < 0)
        {
            throw Failure("Writing", path, isWrite: true);
        }
    }

    /// <summary>Sets the modification time, and the access time to the same; a symbolic link itself is touched.</summary>
    public static int SetTime(int directory, byte* name, DateTimeOffset time)
    {
        var times = stackalloc LinuxTime[2];
        times[0] = times[1] = LinuxTime.From(time);
        return SystemCalls.SetTimes(directory, name, times, DoNotFollow);
    }

    /// <summary>Sets the times of an open file.</summary>
    public static int SetTime(int descriptor, DateTimeOffset time)
    {
        var times = stackalloc LinuxTime[2];
        times[0] = times[1] = LinuxTime.From(time);
        return SystemCalls.SetTimes(descriptor, times);
    }

    public static int ChangeOwner(int directory, byte* name, uint uid, uint gid)
        => SystemCalls.ChangeOwner(directory, name, uid, gid, DoNotFollow);

    /// <summary>Closes a descriptor; what could go wrong did so when it was written.</summary>
    public static void Close(int descriptor) => _ = SystemCalls.Close(descriptor);

    /// <summary>
    /// Removes an empty directory by the platform's path; false, with the reason in <see cref="SystemCalls.LastError"/>, when it stays.
    /// </summary>
    public static bool TryRemoveDirectory(string path) => TryUnlink(path, UnlinkDirectory);

    /// <summary>
    /// Removes anything but a directory by the platform's path; false, with the reason in <see cref="SystemCalls.LastError"/>, when it
    /// stays.
    /// </summary>
    public static bool TryRemoveFile(string path) => TryUnlink(path, 0);

    /// <summary>
    /// Changes the owner of a path itself; false, with the reason in <see cref="SystemCalls.LastError"/>, when that is refused.
    /// </summary>
    public static bool TryChangeOwner(string path, uint uid, uint gid)
    {
        fixed (byte* name = ToName(path))
        {
            return ChangeOwner(CurrentDirectory, name, uid, gid) == 0;
        }
    }

    /// <summary>The first byte of an extended attribute of a path itself; null when it has none.</summary>
    public static byte? FirstByteOfAttribute(string path, string attribute)
    {
        byte value;
        fixed (byte* file = ToName(path), name = ToName(attribute))
        {
            return SystemCalls.GetAttribute(file, name, &value, 1) == 1 ? value : null;
        }
    }

    /// <summary>The error of the call before, as an exception.</summary>
    /// <param name="doing">What was attempted: <c>Creating</c>.</param>
    /// <param name="path">On what.</param>
    /// <param name="isWrite">Whether it was to change the file system.</param>
    public static ZLayerException Failure(string doing, string path, bool isWrite)
    {
        var error = SystemCalls.LastError;
        var kind = error == SystemErrors.NameTooLong ? ZLayerErrorKind.InvalidArchive : SystemErrors.KindOf(error, isWrite);
        return new ZLayerException(kind, $"{doing} '{path}': {SystemErrors.Describe(error)}.")
        {
            Subject = path,
            Advice = kind == ZLayerErrorKind.AccessDenied
                ? "Run as root, or in a user namespace that maps these owners."
                : SystemErrors.AdviceFor(error),
        };
    }

    private static bool TryUnlink(string path, int flags)
    {
        fixed (byte* name = ToName(path))
        {
            return SystemCalls.Unlink(CurrentDirectory, name, flags) == 0;
        }
    }
}
