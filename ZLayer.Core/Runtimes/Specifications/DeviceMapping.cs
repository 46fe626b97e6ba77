namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>A device of the host for a container.</summary>
public sealed partial record DeviceMapping
{
    /// <summary>The path on the host, or the name of a CDI device such as <c>vendor.com/gpu=0</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The path in the container; null is the same.</summary>
    public string? Target { get; init; }

    /// <summary>It may be read.</summary>
    public bool Read { get; init; } = true;

    /// <summary>It may be written.</summary>
    public bool Write { get; init; } = true;

    /// <summary>Its node may be made.</summary>
    public bool MakeNode { get; init; } = true;
}
