using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// Finds the engine as Docker's command line does: the address that is given, else the context that is named, else the current context of
/// <c>config.json</c>, else a socket that exists, else the usual place.
/// </summary>
internal static class EndpointSearch
{
    private const string DefaultContext = "default";
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The address.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for an address that is none and a context that is not there; StorageReadFailed when a file of Docker cannot be read.</exception>
    public static DockerEndpoint Find(DockerRuntimeOptions options)
    {
        if (options.Host is { Length: > 0 } host)
        {
            return DockerEndpoint.Parse(host, options.Tls);
        }

        var context = options.Context is { Length: > 0 } named ? named : CurrentContext(options.ConfigDirectory);
        return context is null or DefaultContext ? OfSockets(options.Sockets) : OfContext(context, options.ConfigDirectory);
    }

    /// <summary>What the choice of an engine depends on and users change while a session lives: <c>config.json</c>, and which socket is there.</summary>
    public static (DateTime Written, string? Socket) PlaceOf(DockerRuntimeOptions options)
        => options.Host is { Length: > 0 }
            ? default
            : (options.ConfigDirectory is { } directory ? File.GetLastWriteTimeUtc(Path.Combine(directory, "config.json")) : default, options.Sockets.FirstOrDefault(File.Exists));

    /// <summary>The headers that <c>config.json</c> wants on each request.</summary>
    public static IReadOnlyDictionary<string, string> Headers(string? configDirectory)
    {
        try
        {
            using var config = ReadConfig(configDirectory);
            return config is { RootElement.ValueKind: JsonValueKind.Object } && config.RootElement.TryGetProperty("HttpHeaders", out var headers) && headers.ValueKind == JsonValueKind.Object
                ? headers.EnumerateObject().Where(h => h.Value.ValueKind == JsonValueKind.String && !h.NameEquals("User-Agent")).ToDictionary(h => h.Name, h => h.Value.GetString()!)
                : new Dictionary<string, string>();
        }
        catch (ZLayerException)
        {
            // The engine was found without the file, so it is reached without it too.
            return new Dictionary<string, string>();
        }
    }

    private static DockerEndpoint OfSockets(IReadOnlyList<string> sockets)
        => sockets is [var usual, ..] ? DockerEndpoint.OfSocket(sockets.FirstOrDefault(File.Exists) ?? usual) : DockerEndpoint.Default;

    private static string? CurrentContext(string? configDirectory)
    {
        using var config = ReadConfig(configDirectory);
        return config is not null && TextOf(config.RootElement, "currentContext") is { Length: > 0 } name ? name : null;
    }

    private static DockerEndpoint OfContext(string name, string? configDirectory)
    {
        // The store names its directories by the SHA-256 of the context's name.
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var contexts = Path.Combine(configDirectory ?? "", "contexts");
        using var document = (configDirectory is null ? null : Read(Path.Combine(contexts, "meta", id, "meta.json")))
            ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"There is no Docker context '{name}'.")
            {
                Subject = name,
                Advice = "'docker context ls' lists the contexts; DOCKER_CONTEXT and 'docker context use' choose one.",
            };
        if (!document.RootElement.TryGetProperty("Endpoints", out var endpoints) || !endpoints.TryGetProperty("docker", out var docker)
            || TextOf(docker, "Host") is not { Length: > 0 } host)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The Docker context '{name}' has no address of a Docker engine.") { Subject = name };
        }

        var tls = Path.Combine(contexts, "tls", id, "docker");
        var skipVerify = docker.TryGetProperty("SkipTLSVerify", out var skip) && skip.ValueKind == JsonValueKind.True;
        return DockerEndpoint.Parse(host, skipVerify || Directory.Exists(tls) ? DockerTls.FromDirectory(tls, !skipVerify) : null);
    }

    private static JsonDocument? ReadConfig(string? directory) => directory is null ? null : Read(Path.Combine(directory, "config.json"));

    private static JsonDocument? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path), Lenient) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ZLayerException(ZLayerErrorKind.StorageReadFailed, $"Cannot find the Docker engine: {path} cannot be read: {e.Message.TrimEnd('.')}.", e)
            {
                Subject = path,
                Advice = "Repair the file, or name the engine with DOCKER_HOST.",
            };
        }
    }

    private static string? TextOf(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
