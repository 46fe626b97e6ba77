using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>What a file gets after its content: owner, mode, time, attributes.</summary>
internal readonly record struct FileMetadata(
    int Mode, uint Uid, uint Gid, DateTimeOffset Time, IReadOnlyDictionary<string, byte[]>? Attributes)
{
    public static FileMetadata Of(TarEntry entry)
        => new(entry.Mode & 0xFFF, (uint)entry.Uid, (uint)entry.Gid, entry.ModificationTime, entry.ExtendedAttributes);

    public static FileMetadata Of(in LinuxFileStatus status)
        => new(status.Permissions, status.Uid, status.Gid, status.ModificationTime, null);
}
