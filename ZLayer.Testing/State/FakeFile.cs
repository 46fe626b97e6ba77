using System.Text;
using ZLayer.Core.Layers;

namespace ZLayer.Testing;

/// <summary>A file, directory or link of a fake file system. Immutable, so that images and containers share it.</summary>
internal sealed record FakeFile
{
    public required TarEntryType Type { get; init; }

    /// <summary>The permissions.</summary>
    public int Mode { get; init; } = 0x1A4;

    public long Uid { get; init; }

    public long Gid { get; init; }

    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Where a symbolic link points to.</summary>
    public string? LinkTarget { get; init; }

    public required DateTimeOffset ModificationTime { get; init; }

    public bool IsDirectory => Type == TarEntryType.Directory;

    public bool IsExecutable => Type == TarEntryType.File && (Mode & 0x49) != 0;

    public Core.Runtimes.Files.FileMode StatMode => new((uint)Mode | Type switch
    {
        TarEntryType.Directory => 0x4000u,
        TarEntryType.SymbolicLink => 0xA000u,
        TarEntryType.CharacterDevice => 0x2000u,
        TarEntryType.BlockDevice => 0x6000u,
        TarEntryType.Fifo => 0x1000u,
        _ => 0x8000u,
    });

    public static FakeFile Directory(DateTimeOffset time, int mode = 0x1ED)
        => new() { Type = TarEntryType.Directory, Mode = mode, ModificationTime = time };

    public static FakeFile Text(DateTimeOffset time, string content, int mode = 0x1A4)
        => new() { Type = TarEntryType.File, Mode = mode, ModificationTime = time, Content = Encoding.UTF8.GetBytes(content) };

    public TarEntry ToEntry(string path) => new()
    {
        Path = path,
        Type = Type,
        Mode = Mode,
        Uid = Uid,
        Gid = Gid,
        Size = Type == TarEntryType.File ? Content.Length : 0,
        ModificationTime = ModificationTime,
        LinkTarget = LinkTarget,
    };
}
