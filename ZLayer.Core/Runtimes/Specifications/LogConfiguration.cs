namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>Where a container's output goes.</summary>
public sealed record LogConfiguration
{
    /// <summary>The log driver: <c>json-file</c>, <c>local</c>, <c>journald</c>, <c>none</c>; null is the runtime's default.</summary>
    public string? Driver { get; init; }

    /// <summary>Options of the driver.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>A log file is closed at this size, in bytes; null is the driver's default.</summary>
    public long? MaximumSize { get; init; }

    /// <summary>So many log files are kept; null is the driver's default.</summary>
    public int? MaximumFiles { get; init; }
}
