using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The body of a request: a document that is held in memory, or a stream that is sent as it is read.</summary>
internal sealed record EngineBody
{
    private EngineBody(string contentType) => ContentType = contentType;

    public string ContentType { get; }

    /// <summary>The bytes; null for a stream.</summary>
    public byte[]? Bytes { get; private init; }

    /// <summary>The stream, which stays open; null for bytes.</summary>
    public Stream? Stream { get; private init; }

    /// <summary>A JSON document.</summary>
    public static EngineBody Json<T>(T value, JsonTypeInfo<T> type)
        => new("application/json") { Bytes = JsonSerializer.SerializeToUtf8Bytes(value, type) };

    /// <summary>No document where one may be, as docker's command line sends it: Podman 4 does not do without.</summary>
    public static EngineBody NoDocument { get; } = new("application/json") { Bytes = "null"u8.ToArray() };

    /// <summary>A stream, by default a tar archive. It is read once and not disposed.</summary>
    public static EngineBody FromStream(Stream stream, string contentType = "application/x-tar") => new(contentType) { Stream = stream };
}
