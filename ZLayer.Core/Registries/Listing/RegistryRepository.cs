using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>A repository of a registry.</summary>
public sealed record RegistryRepository
{
    /// <summary>Host and optional port.</summary>
    public required string Registry { get; init; }

    /// <summary>The path in the registry: <c>team/app</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Registry and path: <c>ghcr.io/team/app</c>.</summary>
    public string Repository => $"{Registry}/{Name}";

    /// <summary>The reference of its default tag, for what takes images.</summary>
    public ImageReference Reference => ImageReference.Parse(Repository);

    /// <summary>Registry and path.</summary>
    public override string ToString() => Repository;
}
