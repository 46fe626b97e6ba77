using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Exporters;

/// <summary>What a build made, for exporters.</summary>
internal sealed record ExportSource
{
    /// <summary>The manifest, or the index where there are several platforms.</summary>
    public required Descriptor Root { get; init; }

    /// <summary>The images, one for each platform, in the order asked for.</summary>
    public required IReadOnlyList<StoredImage> Images { get; init => field = value.ToArray(); }

    /// <summary>The platforms that were asked for, one for each image; empty where none was.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = value.ToArray(); } = [];

    /// <summary>The names that the build gave.</summary>
    public IReadOnlyList<ImageReference> Names { get; init => field = value.ToArray(); } = [];

    /// <summary>The build's <c>SOURCE_DATE_EPOCH</c>.</summary>
    public DateTimeOffset? SourceDateEpoch { get; init; }
}
