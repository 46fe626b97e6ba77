using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes;

/// <summary>Everything a runtime knows of an image.</summary>
public sealed record ImageInspection : ImageInfo
{
    /// <summary>All names.</summary>
    public IReadOnlyList<string> RepoTags { get; init => field = value.ToArray(); } = [];

    /// <summary>The image that it was built on, where the runtime knows.</summary>
    public string? Parent { get; init; }

    /// <summary>A remark.</summary>
    public string? Comment { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>The container that it was made of.</summary>
    public string? Container { get; init; }

    /// <summary>The version of the engine that made it.</summary>
    public string? DockerVersion { get; init; }

    /// <summary>The DiffIDs of the layers, base first.</summary>
    public IReadOnlyList<Digest> Layers { get; init => field = value.ToArray(); } = [];

    /// <summary>What a container of the image starts with.</summary>
    public ContainerDefaults Config { get; init; } = new();

    /// <summary>The runtime's whole answer, as it came: JSON.</summary>
    public string Raw { get; init; } = "";
}
