using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Exporters;

/// <summary>What one output became.</summary>
public sealed record ExportResult
{
    /// <summary>The index of the output in the request.</summary>
    public required int Id { get; init; }

    /// <summary>The exporter.</summary>
    public required string Type { get; init; }

    /// <summary>The file or directory that was written; null for a stream or the store.</summary>
    public string? Destination { get; init; }

    /// <summary>The digest of the manifest or index that was written or pushed.</summary>
    public Digest? Digest { get; init; }

    /// <summary>What was pushed.</summary>
    public IReadOnlyList<PushResult> Pushes { get; init => field = value.ToArray(); } = [];

    /// <summary>BuildKit's response keys: <c>containerimage.digest</c>, <c>containerimage.config.digest</c>, <c>image.name</c>.</summary>
    public IReadOnlyDictionary<string, string> Response { get; init; } = new Dictionary<string, string>();

    /// <summary>The type and where it went.</summary>
    public override string ToString() => Destination is null ? Type : $"{Type} {Destination}";
}
