using System.Text.Json.Serialization;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>The answer of <c>GET /images/{name}/json</c>, as far as it is looked at.</summary>
internal sealed record ImageDocument
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string>? RepoTags { get; init; }

    public IReadOnlyList<string>? RepoDigests { get; init; }

    public string? Parent { get; init; }

    public string? Comment { get; init; }

    public string? Author { get; init; }

    public string? Created { get; init; }

    public string? Container { get; init; }

    public string? DockerVersion { get; init; }

    public string? Architecture { get; init; }

    public string? Variant { get; init; }

    public string? Os { get; init; }

    public string? OsVersion { get; init; }

    public long Size { get; init; }

    public ContainerDefaults? Config { get; init; }

    public RootFileSystemDocument? RootFS { get; init; }

    /// <summary>From API 1.48, for engines that keep manifests.</summary>
    public DescriptorDocument? Descriptor { get; init; }
}

internal sealed record RootFileSystemDocument(IReadOnlyList<string>? Layers);

/// <summary>A descriptor; of the distribution's answer too.</summary>
internal sealed record DescriptorDocument
{
    [JsonPropertyName("mediaType")]
    public string? MediaType { get; init; }

    [JsonPropertyName("digest")]
    public string? Digest { get; init; }
}

/// <summary>What a registry says of a name.</summary>
internal sealed record DistributionDocument(DescriptorDocument? Descriptor);

/// <summary>An image in the answer of <c>GET /images/json</c>.</summary>
internal sealed record ImageSummaryDocument
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string>? RepoTags { get; init; }

    public IReadOnlyList<string>? RepoDigests { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public long Size { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public DescriptorDocument? Descriptor { get; init; }
}

internal sealed record ImageHistoryDocument
{
    public string? Id { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string? CreatedBy { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public long Size { get; init; }

    public string? Comment { get; init; }
}

internal sealed record RemovedImageDocument
{
    public string? Untagged { get; init; }

    public string? Deleted { get; init; }
}

internal sealed record PrunedImagesDocument
{
    public IReadOnlyList<RemovedImageDocument>? ImagesDeleted { get; init; }

    public long SpaceReclaimed { get; init; }
}

internal sealed record SearchDocument
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("description")]
    public string? Description { get; init; }

    [JsonPropertyName("star_count")]
    public int StarCount { get; init; }

    [JsonPropertyName("is_official")]
    public bool IsOfficial { get; init; }

    [JsonPropertyName("is_automated")]
    public bool IsAutomated { get; init; }
}

/// <summary>A login, in the header <c>X-Registry-Auth</c>.</summary>
internal sealed record LoginDocument
{
    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("password")]
    public string? Password { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken")]
    public string? RegistryToken { get; init; }

    [JsonPropertyName("serveraddress")]
    public string? ServerAddress { get; init; }
}

/// <summary>A platform in a query.</summary>
internal sealed record PlatformDocument(
    [property: JsonPropertyName("os")] string Os,
    [property: JsonPropertyName("architecture")] string Architecture,
    [property: JsonPropertyName("variant")] string? Variant);
