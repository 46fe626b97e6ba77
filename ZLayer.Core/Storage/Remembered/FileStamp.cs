using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// What tells that a small file is the same as when it was read: inode, size, and when content and inode were last changed. Git's index
/// does the same.
/// </summary>
/// <param name="Inode">The inode's number.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Modified">When the content was changed, in nanoseconds since 1970.</param>
/// <param name="Changed">When the inode was changed, which no program can set, in nanoseconds since 1970.</param>
internal readonly record struct FileStamp(ulong Inode, long Size, long Modified, long Changed)
{
    /// <summary>The bytes of a stamp that is kept.</summary>
    public const int EncodedSize = 32;

    // The kernel's clock for files ticks every 1 to 10 ms, some file systems' every 2 s.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(3);

    /// <summary>When the content was changed.</summary>
    public DateTimeOffset ModifiedTime => DateTimeOffset.UnixEpoch.AddTicks(Modified / 100);

    /// <summary>
    /// Whether a change from <paramref name="now"/> on must show in the stamp. A file that was changed within the clock's last tick could
    /// be changed once more and look the same, as could one whose time lies in the future because a clock was set back: those are not
    /// remembered.
    /// </summary>
    public bool IsSettled(DateTimeOffset now) => Changed > 0 && DateTimeOffset.UnixEpoch.AddTicks(Changed / 100) < now - SettlingTime;

    public void Encode(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, Inode);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Size);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Modified);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Changed);
    }

    public static FileStamp Decode(ReadOnlySpan<byte> from)
        => new(
            BinaryPrimitives.ReadUInt64LittleEndian(from),
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]));
}

/// <summary>
/// Reads the stamps of files below one directory that is held open, in one short system call each. Where the system has no such call, the
/// stamps never count as settled, and nothing is remembered.
/// </summary>
internal sealed unsafe class StampReader : IDisposable
{
    private const uint Wanted = 0x100 | 0x200 | 0x40 | 0x80; // Inode, size, times of modification and change.
    private const int MaximumPath = 4096;

    private readonly string _directory;
    private readonly SafeFileHandle? _handle;

    private StampReader(string directory, SafeFileHandle? handle)
    {
        _directory = directory;
        _handle = handle;
    }

    /// <summary>Opens a directory; where it does not exist, nothing does below it.</summary>
    public static StampReader Open(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new StampReader(directory, null);
        }

        try
        {
            return new StampReader(directory, FileHandles.OpenFile(directory, FileHandles.ReadOnly));
        }
        catch (FileNotFoundException)
        {
            return new StampReader(directory, null);
        }
    }

    /// <summary>Reads below a directory that somebody else holds open.</summary>
    public static StampReader On(string directory, int descriptor) => new(directory, new SafeFileHandle(descriptor, ownsHandle: false));

    /// <summary>The stamp of a file, links followed; false when it is not there.</summary>
    /// <param name="path">Relative to the directory.</param>
    /// <param name="stamp">The stamp.</param>
    /// <exception cref="IOException">The file system says no.</exception>
    public bool TryRead(ReadOnlySpan<char> path, out FileStamp stamp)
    {
        Span<byte> bytes = stackalloc byte[MaximumPath];
        if (_handle is null || path.Length * 3 >= MaximumPath)
        {
            return TryReadByLibrary(path.ToString(), out stamp);
        }

        bytes[System.Text.Encoding.UTF8.GetBytes(path, bytes)] = 0;
        return TryReadName(bytes, out stamp);
    }

    /// <summary>The stamp of a file as <see cref="TryRead"/> reads it, by the bytes of its path with their NUL.</summary>
    public bool TryReadName(ReadOnlySpan<byte> path, out FileStamp stamp)
    {
        LinuxFileStatus status;
        using var directory = new HeldDescriptor(_handle!);
        fixed (byte* start = path)
        {
            if (SystemCalls.StatX(directory.Number, start, 0, Wanted, &status) == 0)
            {
                stamp = new FileStamp(
                    status.Inode,
                    (long)status.Size,
                    Time(status.ModificationSeconds, status.ModificationNanoseconds),
                    Time(status.ChangeSeconds, status.ChangeNanoseconds));
                return true;
            }
        }

        stamp = default;
        var error = SystemCalls.LastError;
        var name = System.Text.Encoding.UTF8.GetString(path[..path.IndexOf((byte)0)]);
        return error is SystemErrors.NotFound or SystemErrors.NotDirectory
            ? false
            : throw new IOException($"{SystemErrors.Describe(error)}: '{Path.Combine(_directory, name)}'", error);
    }

    public void Dispose() => _handle?.Dispose();

    // What 64 bits of nanoseconds cannot hold (the years from 2262 on, and before 1678) is as good as never settled.
    private static long Time(long seconds, uint nanoseconds)
        => seconds is > -9_000_000_000 and < 9_000_000_000 ? (seconds * 1_000_000_000) + nanoseconds : 0;

    private bool TryReadByLibrary(string path, out FileStamp stamp)
    {
        var file = new FileInfo(Path.Combine(_directory, path));
        stamp = file.Exists
            ? new FileStamp(0, file.Length, (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, Changed: 0)
            : default;
        return file.Exists;
    }
}
