namespace ZLayer.Core.Registries.Configuration;

/// <summary>A place that serves what another registry holds (<c>[[registry.mirror]]</c> of containers-registries.conf(5)).</summary>
internal sealed record RegistryMirror
{
    /// <summary>Host, optional port and path that take the place of the rule's prefix.</summary>
    public required string Location { get; init; }

    /// <summary>Allows plain HTTP and certificates that do not verify.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Which pulls ask it.</summary>
    public MirrorUse PullFrom { get; init; }
}
