using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// Finds the engine as Docker's command line does: the address that is given, else the context that is named, else the current context of
/// <c>config.json</c>, else a socket that exists, else the usual place.
/// </summary>
internal static class EndpointSearch
{
    public const string DefaultContext = "default";
    private const string Store = "contexts";
    private const int MaximumFile = 4 * 1024 * 1024;
    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The address.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument for an address that is none and a context that is not there; StorageReadFailed when a file of Docker cannot be read.
    /// </exception>
    public static DockerEndpoint Find(DockerRuntimeOptions options)
    {
        if (options.Host is { Length: > 0 } host)
        {
            return DockerEndpoint.Parse(host, options.Tls) with { IsNamed = options.IsNamed };
        }

        var context = options.Context is { Length: > 0 } named ? named : CurrentContext(options.ConfigDirectory);
        var found = context is null or DefaultContext ? OfSockets(options.Sockets) : OfContext(context, options.ConfigDirectory);
        return found with { IsNamed = options.IsNamed };
    }

    /// <summary>
    /// What the choice of an engine depends on and users change while a session lives: the context that is named, else <c>config.json</c>,
    /// and which socket is there.
    /// </summary>
    public static (DateTime Written, string? Socket) PlaceOf(DockerRuntimeOptions options)
    {
        if (options.Host is { Length: > 0 })
        {
            return default;
        }

        var file = options.ConfigDirectory is not { } directory ? null
            : options.Context is { Length: > 0 } context ? MetaFile(directory, IdOf(context)) : Path.Combine(directory, "config.json");
        return (file is null ? default : File.GetLastWriteTimeUtc(file), options.Sockets.FirstOrDefault(File.Exists));
    }

    /// <summary>Why an engine is the one that <see cref="Find"/> finds, for a log.</summary>
    public static string ReasonFor(DockerRuntimeOptions options)
        => options.Host is { Length: > 0 } ? "this address was given"
            : options.Context is { Length: > 0 } named ? $"the context '{named}' was given"
            : CurrentContext(options.ConfigDirectory) is { } current and not DefaultContext ? $"'{current}' is the current context of {options.ConfigDirectory}"
            : options.Sockets.Any(File.Exists) ? "it is the first socket that exists" : "it is the usual place";

    /// <summary>The contexts that are kept in a directory; those that cannot be read are left out.</summary>
    public static IEnumerable<DockerContext> Contexts(string? configDirectory)
    {
        var store = configDirectory is null ? null : Path.Combine(configDirectory, Store, "meta");
        foreach (var id in Directory.Exists(store) ? Directory.EnumerateDirectories(store) : [])
        {
            JsonElement? document;
            try
            {
                document = Read(Path.Combine(id, "meta.json"));
            }
            catch (ZLayerException)
            {
                continue;
            }

            // Of two directories with one name, the context is what its name leads to.
            if (document is { } root && TextOf(root, "Name") is { Length: > 0 } name && IdOf(name) == Path.GetFileName(id))
            {
                var engine = Member(root, "Endpoints") is { } endpoints ? Member(endpoints, "docker") : null;
                var description = Member(root, "Metadata") is { } metadata ? TextOf(metadata, "Description") : null;
                yield return new DockerContext(name, engine is { } docker ? TextOf(docker, "Host") : null, description);
            }
        }
    }

    /// <summary>The headers that <c>config.json</c> wants on each request.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for one that is no header of HTTP.</exception>
    public static IReadOnlyDictionary<string, string> Headers(string? configDirectory)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in HeadersOf(configDirectory))
        {
            if (!name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase))
            {
                // A line break would end the header, and what follows be one of its own.
                headers[name] = name.Length > 0 && name.All(IsTokenCharacter) && value.All(c => c is '\t' or (>= ' ' and < '\x7F')) ? value
                    : throw new ZLayerException(
                        ZLayerErrorKind.InvalidArgument, $"The file config.json in {configDirectory} has a header that HTTP does not: '{name}'.")
                    {
                        Subject = name,
                        Advice = "Correct the entry of HttpHeaders, or remove it.",
                    };
            }
        }

        return headers;
    }

    private static IEnumerable<KeyValuePair<string, string>> HeadersOf(string? configDirectory)
    {
        JsonElement? config;
        try
        {
            config = ReadConfig(configDirectory);
        }
        catch (ZLayerException)
        {
            // The engine was found without the file, so it is reached without it too.
            yield break;
        }

        if (config is { } root && Member(root, "HttpHeaders") is { ValueKind: JsonValueKind.Object } headers)
        {
            foreach (var header in headers.EnumerateObject().Where(header => header.Value.ValueKind == JsonValueKind.String))
            {
                yield return new(header.Name, header.Value.GetString()!);
            }
        }
    }

    // RFC 9110, 5.6.2.
    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);

    private static DockerEndpoint OfSockets(IReadOnlyList<string> sockets)
        => sockets is [var usual, ..] ? DockerEndpoint.OfSocket(sockets.FirstOrDefault(File.Exists) ?? usual) : DockerEndpoint.Default;

    private static string? CurrentContext(string? configDirectory)
    {
        return ReadConfig(configDirectory) is { } config && TextOf(config, "currentContext") is { Length: > 0 } name ? name : null;
    }

    private static DockerEndpoint OfContext(string name, string? configDirectory)
    {
        var id = IdOf(name);
        var document = (configDirectory is null ? null : Read(MetaFile(configDirectory, id)))
            ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"There is no Docker context '{name}'.")
            {
                Subject = name,
                Advice = "'docker context ls' lists the contexts; DOCKER_CONTEXT and 'docker context use' choose one.",
            };
        if (Member(document, "Endpoints") is not { } endpoints
            || Member(endpoints, "docker") is not { } docker
            || TextOf(docker, "Host") is not { Length: > 0 } host)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The Docker context '{name}' has no address of a Docker engine.")
            {
                Subject = name,
            };
        }

        var tls = Path.Combine(configDirectory!, Store, "tls", id, "docker");
        var skipVerify = Member(docker, "SkipTLSVerify")?.ValueKind == JsonValueKind.True;
        return DockerEndpoint.Parse(host, skipVerify || Directory.Exists(tls) ? DockerTls.FromDirectory(tls, !skipVerify) : null);
    }

    // The store names its directories by the SHA-256 of the context's name.
    private static string IdOf(string context) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)));

    private static string MetaFile(string configDirectory, string id) => Path.Combine(configDirectory, Store, "meta", id, "meta.json");

    private static JsonElement? ReadConfig(string? directory) => directory is null ? null : Read(Path.Combine(directory, "config.json"));

    private static JsonElement? Read(string path)
    {
        try
        {
            return File.Exists(path)
                ? CheckedJson.ReadElement(BoundedFile.Read(path, MaximumFile), (why, e) => Unreadable(path, why, e), Lenient, MaximumFile)
                : null;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Unreadable(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static ZLayerException Unreadable(string path, string why, Exception? e)
        => new(ZLayerErrorKind.StorageReadFailed, $"Cannot find the Docker engine: {path} cannot be read: {why}.", e)
        {
            Subject = path,
            Advice = "Repair the file, or name the engine with DOCKER_HOST.",
        };

    private static JsonElement? Member(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? TextOf(JsonElement element, string name)
        => Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
