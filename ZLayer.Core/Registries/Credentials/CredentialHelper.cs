using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Registries;

/// <summary>
/// Runs <c>docker-credential-NAME</c> (docker-credential-helpers): the verb is its argument, the server or a JSON object its input, a JSON
/// object its output.
/// </summary>
internal sealed class CredentialHelper(IReadOnlyList<string> directories)
{
    // The user name that says that the secret is an identity token.
    private const string TokenUser = "<token>";

    // What is longer than any credential is not kept.
    private const int MaximumOutput = 1024 * 1024;

    /// <summary>The credential of a server; null when the helper has none.</summary>
    public async Task<RegistryCredential?> GetAsync(string helper, string server, CancellationToken cancellationToken)
    {
        var (exitCode, output, problem) = await RunAsync(helper, "get", server, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            // Helpers write this to their output, some to their errors.
            return $"{output}{problem}".Contains("credentials not found", StringComparison.OrdinalIgnoreCase)
                ? null
                : throw Failed(helper, "get", exitCode, problem);
        }

        return Parse(helper, output) switch
        {
            { Username: TokenUser, Secret: { Length: > 0 } token } => new RegistryCredential { IdentityToken = token },
            { Username: { Length: > 0 } user, Secret: { Length: > 0 } secret } => RegistryCredential.FromPassword(user, secret),
            _ => null,
        };
    }

    public async Task StoreAsync(string helper, string server, RegistryCredential credential, CancellationToken cancellationToken)
    {
        var input = JsonSerializer.Serialize(
            new HelperCredential
            {
                ServerUrl = server,
                Username = credential.IdentityToken is null ? credential.Username : TokenUser,
                Secret = credential.IdentityToken ?? credential.Secret ?? credential.RegistryToken,
            },
            RegistryJsonContext.Default.HelperCredential);
        await RunCheckedAsync(helper, "store", input, cancellationToken).ConfigureAwait(false);
    }

    public Task EraseAsync(string helper, string server, CancellationToken cancellationToken)
        => RunCheckedAsync(helper, "erase", server, cancellationToken);

    /// <summary>The servers that the helper has credentials for, with their user names; null for a token. No secret is asked for.</summary>
    public async Task<IReadOnlyDictionary<string, string?>> ListAsync(string helper, CancellationToken cancellationToken)
    {
        var (exitCode, output, problem) = await RunAsync(helper, "list", "", cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw Failed(helper, "list", exitCode, problem);
        }

        // A helper without credentials prints an empty object, null or nothing.
        return output.Trim() is "" or "null" ? new Dictionary<string, string?>() : CheckedJson.Read(
                Encoding.UTF8.GetBytes(output), RegistryJsonContext.Default.IReadOnlyDictionaryStringString, (_, _) => Unreadable(helper))
            .ToDictionary(
                pair => pair.Key, pair => pair.Value is { Length: > 0 } user && user != TokenUser ? user : null, StringComparer.Ordinal);
    }

    private async Task RunCheckedAsync(string helper, string verb, string input, CancellationToken cancellationToken)
    {
        var (exitCode, _, problem) = await RunAsync(helper, verb, input, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw Failed(helper, verb, exitCode, problem);
        }
    }

    private async Task<ProgramResult> RunAsync(string helper, string verb, string input, CancellationToken cancellationToken)
    {
        // The name comes from a file; it must stay a name.
        if (helper.AsSpan().IndexOfAny('/', '\\') >= 0 || helper.Contains("..", StringComparison.Ordinal) || helper.Any(char.IsControl))
        {
            throw Missing(helper, null);
        }

        var program = "docker-credential-" + helper;
        var start = new ProgramStart([directories.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists) ?? program, verb])
        {
            LongestText = MaximumOutput,
        };
        try
        {
            return await start.RunAsync(input, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e)
        {
            throw Missing(helper, e);
        }
    }

    // Neither the output nor the parser's words about it may be shown: it may hold the secret.
    private static HelperCredential Parse(string helper, string output)
        => CheckedJson.Read(
            Encoding.UTF8.GetBytes(output),
            RegistryJsonContext.Default.HelperCredential,
            (_, _) => Unreadable(helper));

    private static ZLayerException Unreadable(string helper)
        => new(ZLayerErrorKind.BuilderUnavailable, $"The credential helper docker-credential-{helper} printed something that is not JSON.")
        {
            Subject = "docker-credential-" + helper,
            Advice = "Reinstall the helper, or remove it from credsStore and credHelpers in Docker's config.json.",
        };

    private static ZLayerException Missing(string helper, Exception? inner)
        => new(ZLayerErrorKind.BuilderUnavailable, $"The credential helper docker-credential-{helper}, named in Docker's config.json, cannot be started.", inner)
        {
            Subject = "docker-credential-" + helper,
            Advice = "Install it, or remove it from credsStore and credHelpers in Docker's config.json.",
        };

    private static ZLayerException Failed(string helper, string verb, int exitCode, string problem)
        => new(ZLayerErrorKind.BuilderUnavailable,
            $"The credential helper docker-credential-{helper} failed to {verb} (exit code {exitCode}){(problem.Trim() is { Length: > 0 and < 300 } text ? ": " + new SecretRedactor().Clean(text) : "")}.")
        {
            Subject = "docker-credential-" + helper,
            ExitCode = exitCode,
            Advice = $"Run 'docker-credential-{helper} list' to see what is wrong with it.",
        };
}
