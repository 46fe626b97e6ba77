using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Registries;

/// <summary>
/// The credentials of Docker's <c>config.json</c> and of podman's <c>auth.json</c>, which has the same form: <c>auths</c> in the file
/// itself, <c>credHelpers</c> for single registries and <c>credsStore</c> for all, which are programs named <c>docker-credential-NAME</c>.
/// A key of <c>auths</c> may name a part of a registry, <c>host/org</c> or <c>host/org/app</c> (containers-auth.json(5)): the longest that
/// fits counts. The file is read anew each time, so that a login in another process counts at once.
/// </summary>
public sealed partial class DockerConfigCredentials : ICredentialSource
{
    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentCharacter = '\t', IndentSize = 1 };

    private static readonly string[] CredentialMembers = ["auth", "username", "password", "identitytoken", "registrytoken"];

    private readonly string _path;
    private readonly CredentialHelper _helper;

    /// <summary>Reads the file at <paramref name="path"/>, which need not exist.</summary>
    /// <param name="path">An absolute path: <c>~/.docker/config.json</c>.</param>
    /// <param name="helperDirectories">
    /// Where credential helpers are looked for before the process's own search path; null for nowhere else.
    /// </param>
    public DockerConfigCredentials(string path, IReadOnlyList<string>? helperDirectories = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = path;
        _helper = new CredentialHelper(helperDirectories ?? []);
    }

    /// <summary>The file, for a log.</summary>
    public override string ToString() => _path;

    /// <summary>The credential of a registry, whichever way the file spells it.</summary>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed when the file is not readable JSON; BuilderUnavailable when a helper is not installed or fails.
    /// </exception>
    public ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default)
        => FindAsync(registry, null, cancellationToken);

    /// <summary>
    /// The credential for a repository: the entry of the longest part of its name that there is one for, else the registry's.
    /// </summary>
    /// <exception cref="ZLayerException">As above.</exception>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, string? repository, CancellationToken cancellationToken)
    {
        var name = RegistryNames.Normalize(registry);
        var config = Read(cancellationToken);
        if (FindNamespaceEntry(config, name, repository) is { } own && Decode(own) is { } credential)
        {
            return credential;
        }

        if (HelperFor(config, name) is { } helper)
        {
            foreach (var server in Servers(name))
            {
                if (await _helper.GetAsync(helper, server, cancellationToken).ConfigureAwait(false) is { } found)
                {
                    return found;
                }
            }
        }

        return FindEntry(config, name) is { } entry ? Decode(entry) : null;
    }

    /// <summary>
    /// Keeps a credential as <c>docker login</c> does: with the helper that is configured for the registry, else in the file (mode 0600).
    /// </summary>
    /// <returns>The file, which has the credential in plain text; null when a helper keeps it.</returns>
    /// <exception cref="ZLayerException">
    /// StorageWriteFailed; AccessDenied; BuilderUnavailable when a helper is not installed or fails.
    /// </exception>
    internal async Task<string?> SaveAsync(string registry, RegistryCredential credential, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credential);
        var name = RegistryNames.Normalize(registry);
        var config = Read(cancellationToken);
        var key = Key(name);
        RemoveEntries(config, name);
        var helper = HelperFor(config, name);
        if (helper is not null)
        {
            await _helper.StoreAsync(helper, key, credential, cancellationToken).ConfigureAwait(false);
            Auths(config)[key] = new JsonObject(); // Says that there is one, as Docker does.
        }
        else
        {
            Auths(config)[key] = Encode(credential);
        }

        Write(config);
        return helper is null ? _path : null;
    }

    /// <summary>Forgets the credential of a registry in every spelling; false when there was none.</summary>
    /// <exception cref="ZLayerException">
    /// StorageWriteFailed; AccessDenied; BuilderUnavailable when a helper is not installed or fails.
    /// </exception>
    internal async Task<bool> EraseAsync(string registry, CancellationToken cancellationToken = default)
    {
        var name = RegistryNames.Normalize(registry);
        var config = Read(cancellationToken);
        var erased = false;
        if (HelperFor(config, name) is { } helper)
        {
            foreach (var server in Servers(name))
            {
                if (await _helper.GetAsync(helper, server, cancellationToken).ConfigureAwait(false) is not null)
                {
                    await _helper.EraseAsync(helper, server, cancellationToken).ConfigureAwait(false);
                    erased = true;
                }
            }
        }

        if (RemoveEntries(config, name))
        {
            Write(config);
            erased = true;
        }

        return erased;
    }

    /// <summary>The registries that the file has entries for, without asking helpers.</summary>
    public IReadOnlyList<string> GetRegistries()
    {
        var config = Read();
        return [.. ((JsonObject?[])[config["auths"] as JsonObject, config["credHelpers"] as JsonObject])
            .SelectMany(section => section ?? []).Select(pair => RegistryNames.Normalize(pair.Key)).Distinct()];
    }

    private static string Key(string name) => name == Oci.ImageReference.DefaultRegistry ? RegistryNames.DockerHubKey : name;

    // Helpers know a server by the text that it was stored under; these are the ones in use.
    private static string[] Servers(string name)
        => name == Oci.ImageReference.DefaultRegistry
            ? [RegistryNames.DockerHubKey, "index.docker.io", "docker.io", "https://index.docker.io/v1", "registry-1.docker.io"]
            : [name, "https://" + name];

    private static string? HelperFor(JsonObject config, string name)
    {
        if (config["credHelpers"] is JsonObject helpers)
        {
            foreach (var (key, value) in helpers)
            {
                if (IsRegistry(key, name) && Text(value) is { } helper)
                {
                    return helper;
                }
            }
        }

        return Text(config["credsStore"]);
    }

    // The spelling that Docker writes first, then any other of the same host.
    private static JsonObject? FindEntry(JsonObject config, string name)
    {
        var auths = config["auths"] as JsonObject;
        return auths?[Key(name)] is JsonObject { Count: > 0 } exact
            ? exact
            : auths?.FirstOrDefault(pair => IsRegistry(pair.Key, name) && pair.Value is JsonObject { Count: > 0 }).Value as JsonObject;
    }

    private static JsonObject? FindNamespaceEntry(JsonObject config, string name, string? repository)
    {
        if (config["auths"] is not JsonObject auths)
        {
            return null;
        }

        for (var path = repository; !string.IsNullOrEmpty(path); path = path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : null)
        {
            var wanted = path;
            if (auths.FirstOrDefault(pair => RegistryNames.Normalize(pair.Key) == name && RegistryNames.PathOf(pair.Key) == wanted
                && pair.Value is JsonObject { Count: > 0 }).Value is JsonObject entry)
            {
                return entry;
            }
        }

        return null;
    }

    // A key for a part of a registry is not one for all of it.
    private static bool IsRegistry(string key, string name)
        => RegistryNames.Normalize(key) == name && RegistryNames.PathOf(key).Length == 0;

    private static bool RemoveEntries(JsonObject config, string name)
    {
        if (config["auths"] is not JsonObject auths)
        {
            return false;
        }

        var keys = auths.Select(pair => pair.Key).Where(key => IsRegistry(key, name)).ToList();
        keys.ForEach(key => auths.Remove(key));
        return keys.Count > 0;
    }

    private static RegistryCredential? Decode(JsonObject entry)
    {
        var (user, secret) = (Text(entry["username"]), Text(entry["password"]));
        if (Text(entry["auth"]) is { } packed)
        {
            var buffer = new byte[packed.Length];
            if (!Convert.TryFromBase64String(packed, buffer, out var length))
            {
                return null;
            }

            var pair = Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\0').Split(':', 2);
            (user, secret) = pair.Length == 2 ? (pair[0], pair[1]) : (user, secret);
        }

        var identity = Text(entry["identitytoken"]);
        var token = Text(entry["registrytoken"]);
        return user is null && identity is null && token is null
            ? null
            : new RegistryCredential { Username = user, Secret = secret, IdentityToken = identity, RegistryToken = token };
    }

    private static JsonObject Encode(RegistryCredential credential)
    {
        var entry = new JsonObject();
        if (credential.Username is not null || credential.Secret is not null)
        {
            entry["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}"));
        }

        if (credential.IdentityToken is not null)
        {
            entry["identitytoken"] = credential.IdentityToken;
        }

        if (credential.RegistryToken is not null)
        {
            entry["registrytoken"] = credential.RegistryToken;
        }

        return entry;
    }

    private static string? Text(JsonNode? node)
        => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static JsonObject Auths(JsonObject config)
    {
        if (config["auths"] is not JsonObject auths)
        {
            config["auths"] = auths = [];
        }

        return auths;
    }

    private JsonObject Read(CancellationToken cancellationToken = default)
    {
        try
        {
            var bytes = BoundedFile.Read(_path, CheckedJson.MaximumSize, cancellationToken);
            var config = bytes.Length > 0 ? ToNode(CheckedJson.ReadElement(bytes, Unreadable, Lenient)) as JsonObject : [];
            Check(config);
            return config;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Unreadable(e.Message.TrimEnd('.'), null);
        }
    }

    // What is of another type would count as absent without a word, and a pull would fail for want of a credential that is there.
    private void Check([NotNull] JsonObject? config)
    {
        Require(config is not null, "it is not a JSON object");
        foreach (var section in (string[])["auths", "credHelpers"])
        {
            Require(config[section] is JsonObject or null, $"'{section}' is not an object");
        }

        Require(IsTextOrAbsent(config["credsStore"]), "'credsStore' is not a text");
        Require((config["credHelpers"] as JsonObject ?? []).All(
            pair => IsTextOrAbsent(pair.Value)), "an entry of 'credHelpers' is not a text");
        Require((config["auths"] as JsonObject ?? []).All(
            pair => pair.Value is JsonObject or null), "an entry of 'auths' is not an object");
        Require(
            (config["auths"] as JsonObject ?? []).SelectMany(pair => pair.Value as JsonObject ?? [])
                .All(member => !CredentialMembers.Contains(member.Key) || IsTextOrAbsent(member.Value)),
            "a credential of 'auths' is not a text");
    }

    private void Require([DoesNotReturnIf(false)] bool holds, string why)
    {
        if (!holds)
        {
            throw Unreadable(why, null);
        }
    }

    private static bool IsTextOrAbsent(JsonNode? node) => node is null || node.GetValueKind() == JsonValueKind.String;

    // The last of two members of one name counts, as for every other reader of this file.
    private static JsonNode? ToNode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    members[member.Name] = ToNode(member.Value);
                }

                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(ToNode)]);
            default:
                return element.ValueKind == JsonValueKind.Null ? null : JsonValue.Create(element);
        }
    }

    // The parser's message may quote the file, and so a secret: it is not kept as the cause.
    private ZLayerException Unreadable(string why, Exception? cause)
        => new(
            ZLayerErrorKind.StorageReadFailed,
            $"Cannot read the credentials in {_path}: {(cause is JsonException { LineNumber: { } line } ? $"it is not valid JSON (line {line + 1})" : why)}.")
        {
            Subject = _path,
            Advice = "Repair the file, or move it away and log in again.",
        };

    // A crash leaves either file whole; readable by the owner alone from its first byte.
    private void Write(JsonObject config)
    {
        try
        {
            // Where the path is a link, the file that it leads to is replaced, not the link.
            var path = (File.Exists(_path) ? File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName : null) ?? _path;
            CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(
                path,
                file =>
                {
                    using var writer = new Utf8JsonWriter(
                        file, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1 });
                    config.WriteTo(writer, Indented);
                },
                new AtomicFileOptions { Flush = true, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Unwritable(e);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private ZLayerException Unwritable(Exception e)
    {
        var number = SystemErrors.NumberOf(e);
        return new(SystemErrors.KindOf(number, isWrite: true), $"Cannot write the credentials to {_path}: {SystemErrors.Words(e)}", e)
        {
            Subject = _path,
            Advice = SystemErrors.AdviceFor(number) ?? "Check the file's owner and mode and the free space.",
        };
    }
}
