using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>An event as the engine tells it.</summary>
internal sealed record EngineEvent
{
    [JsonPropertyName("Type")]
    public string? Type { get; init; }

    [JsonPropertyName("Action")]
    public string? Action { get; init; }

    [JsonPropertyName("Actor")]
    public EngineActor? Actor { get; init; }

    /// <summary>Seconds since 1970.</summary>
    [JsonPropertyName("time")]
    public long Time { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    [JsonPropertyName("timeNano")]
    public long TimeNano { get; init; }
}

/// <summary>What an event happened to.</summary>
internal sealed record EngineActor
{
    [JsonPropertyName("ID")]
    public string? Id { get; init; }

    [JsonPropertyName("Attributes")]
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}
