using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The answer of <c>/version</c>, as far as it is looked at.</summary>
internal sealed record EngineVersion
{
    [JsonPropertyName("Version")]
    public string? Version { get; init; }

    [JsonPropertyName("ApiVersion")]
    public string? ApiVersion { get; init; }

    [JsonPropertyName("MinAPIVersion")]
    public string? MinApiVersion { get; init; }

    [JsonPropertyName("Os")]
    public string? Os { get; init; }

    [JsonPropertyName("Arch")]
    public string? Arch { get; init; }

    [JsonPropertyName("KernelVersion")]
    public string? KernelVersion { get; init; }

    [JsonPropertyName("Components")]
    public IReadOnlyList<EngineComponent>? Components { get; init; }

    /// <summary>Podman calls its first component so; Docker calls its own <c>Engine</c>.</summary>
    [JsonIgnore]
    public bool IsPodman => Components?.Any(c => c.Name?.Contains("Podman", StringComparison.OrdinalIgnoreCase) == true) == true;
}

/// <summary>A program that the engine is made of.</summary>
internal sealed record EngineComponent
{
    [JsonPropertyName("Name")]
    public string? Name { get; init; }

    [JsonPropertyName("Version")]
    public string? Version { get; init; }
}
