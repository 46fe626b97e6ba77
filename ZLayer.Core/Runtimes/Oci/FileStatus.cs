namespace ZLayer.Core.Runtimes.Oci;

/// <summary>What stat(2) says about a file.</summary>
internal readonly record struct FileStatus(ushort RawMode, uint Uid, uint Gid, ulong Size, uint Major, uint Minor)
{
    private const int TypeMask = 0xF000;

    public int Permissions => RawMode & 0xFFF;

    public bool IsDirectory => (RawMode & TypeMask) == 0x4000;

    public bool IsFile => (RawMode & TypeMask) == 0x8000;

    public bool IsLink => (RawMode & TypeMask) == 0xA000;

    public bool IsCharacterDevice => (RawMode & TypeMask) == 0x2000;

    public bool IsBlockDevice => (RawMode & TypeMask) == 0x6000;

    public bool IsPipe => (RawMode & TypeMask) == 0x1000;

    public bool IsSocket => (RawMode & TypeMask) == 0xC000;

    /// <summary>overlayfs marks a removed file by a character device 0/0 (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").</summary>
    public bool IsWhiteout => IsCharacterDevice && Major == 0 && Minor == 0;
}
