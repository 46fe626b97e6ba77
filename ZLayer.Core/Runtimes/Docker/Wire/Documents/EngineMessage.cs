using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>A line of the progress of a pull, load, import or build. An <see cref="Error"/> ends the sequence.</summary>
internal sealed record EngineMessage
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("progressDetail")]
    public EngineProgress? Progress { get; init; }

    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("errorDetail")]
    public EngineMessageError? ErrorDetail { get; init; }

    [JsonPropertyName("aux")]
    public JsonElement? Aux { get; init; }
}

/// <summary>Bytes so far and all bytes; 0 of 0 when the engine does not know.</summary>
internal sealed record EngineProgress
{
    [JsonPropertyName("current")]
    public long Current { get; init; }

    [JsonPropertyName("total")]
    public long Total { get; init; }
}

/// <summary>What went wrong in the middle of a sequence.</summary>
internal sealed record EngineMessageError
{
    [JsonPropertyName("code")]
    public int Code { get; init; }

    [JsonPropertyName("message")]
    public string? Message { get; init; }
}

/// <summary>The body of an error answer.</summary>
internal sealed record EngineErrorAnswer
{
    [JsonPropertyName("message")]
    public string? Message { get; init; }

    /// <summary>What Podman says besides.</summary>
    [JsonPropertyName("cause")]
    public string? Cause { get; init; }
}
