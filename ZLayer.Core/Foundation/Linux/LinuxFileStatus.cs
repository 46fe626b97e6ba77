using System.Runtime.InteropServices;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Foundation.Linux;

/// <summary>struct statx of statx(2), the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct LinuxFileStatus
{
    public const uint TypeMask = 0xF000;
    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint Directory = 0x4000;
    public const uint BlockDevice = 0x6000;
    public const uint RegularFile = 0x8000;
    public const uint SymbolicLink = 0xA000;
    public const uint Socket = 0xC000;

    [FieldOffset(16)]
    public uint LinkCount;
    [FieldOffset(20)]
    public uint Uid;
    [FieldOffset(24)]
    public uint Gid;
    [FieldOffset(28)]
    public ushort Mode;
    [FieldOffset(32)]
    public ulong Inode;
    [FieldOffset(40)]
    public ulong Size;
    [FieldOffset(96)]
    public long ChangeSeconds;
    [FieldOffset(104)]
    public uint ChangeNanoseconds;
    [FieldOffset(112)]
    public long ModificationSeconds;
    [FieldOffset(120)]
    public uint ModificationNanoseconds;
    [FieldOffset(128)]
    public uint DeviceMajor;
    [FieldOffset(132)]
    public uint DeviceMinor;
    [FieldOffset(136)]
    public ulong FileSystem;

    public readonly uint Type => Mode & TypeMask;

    public readonly int Permissions => Mode & 0xFFF;

    public readonly bool IsDirectory => Type == Directory;

    public readonly bool IsFile => Type == RegularFile;

    /// <summary>What it is, for those who tell no more kinds apart.</summary>
    public readonly FileKind Kind => Type switch
    {
        RegularFile => FileKind.Regular,
        Directory => FileKind.Directory,
        Fifo => FileKind.Pipe,
        CharacterDevice or BlockDevice => FileKind.Device,
        Socket => FileKind.Socket,
        _ => FileKind.None,
    };

    /// <summary>Overlayfs' mark for a name that its lower directories have and it has not.</summary>
    public readonly bool IsWhiteout => Type == CharacterDevice && DeviceMajor == 0 && DeviceMinor == 0;

    public readonly long ModificationInNanoseconds => unchecked((ModificationSeconds * 1_000_000_000) + ModificationNanoseconds);

    public readonly long ChangeInNanoseconds => unchecked((ChangeSeconds * 1_000_000_000) + ChangeNanoseconds);

    public readonly DateTimeOffset ModificationTime
        // File systems hold times that DateTimeOffset, with its years 1 to 9999, cannot.
        => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(
            ModificationSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1)).AddTicks(
                ModificationNanoseconds / 100);
}

/// <summary>struct timespec of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinuxTime
{
    public long Seconds;
    public long Nanoseconds;

    public static LinuxTime From(DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        return new LinuxTime { Seconds = seconds, Nanoseconds = (time.Ticks - DateTimeOffset.FromUnixTimeSeconds(seconds).Ticks) * 100 };
    }
}
