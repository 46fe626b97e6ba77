using System.Text.Json.Serialization;
using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>What a path in a container is, from the header X-Docker-Container-Path-Stat.</summary>
internal sealed record EnginePathStat
{
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    [JsonPropertyName("size")]
    public long Size { get; init; }

    /// <summary>The mode in the bits of Go's <c>os.FileMode</c>, which are not those of stat(2).</summary>
    [JsonPropertyName("mode")]
    public uint Mode { get; init; }

    [JsonPropertyName("mtime")]
    public DateTimeOffset? ModificationTime { get; init; }

    [JsonPropertyName("linkTarget")]
    public string? LinkTarget { get; init; }

    private const uint Link = 1u << 27;

    public PathStat ToStat() => new()
    {
        Name = Name,
        Size = Size,
        Mode = new Files.FileMode(ToUnix(Mode)),
        LastWriteTime = ModificationTime is { Year: > 1 } time ? time : null,
        // Podman names the path itself for what is no link.
        LinkTarget = (Mode & Link) != 0 ? LinkTarget ?? "" : "",
    };

    /// <summary>io/fs.FileMode of Go to st_mode.</summary>
    internal static uint ToUnix(uint mode)
    {
        const uint Directory = 1u << 31, Device = 1u << 26, Pipe = 1u << 25, Socket = 1u << 24, SetUser = 1u << 23, SetGroup = 1u << 22, Character = 1u << 21, Sticky = 1u << 20;
        var kind = (mode & Directory) != 0 ? 0x4000u
            : (mode & Link) != 0 ? 0xA000
            : (mode & Pipe) != 0 ? 0x1000
            : (mode & Socket) != 0 ? 0xC000
            : (mode & Device) != 0 ? ((mode & Character) != 0 ? 0x2000u : 0x6000)
            : 0x8000;
        return kind | (mode & 0x1FF) | ((mode & SetUser) != 0 ? 0x800u : 0) | ((mode & SetGroup) != 0 ? 0x400u : 0) | ((mode & Sticky) != 0
            ? 0x200u
            : 0);
    }
}
