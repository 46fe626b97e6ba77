using System.Text.Json.Nodes;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <content>The list of what is kept.</content>
public sealed partial class DockerConfigCredentials
{
    /// <summary>
    /// The logins that the file and its helpers keep, in the order in which they count: for parts of registries, of helpers, of the file.
    /// Helpers are asked for their lists, never for secrets.
    /// </summary>
    /// <param name="warn">Told which helper cannot be asked, and why.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <exception cref="ZLayerException">StorageReadFailed when the file is not readable JSON.</exception>
    internal async Task<IReadOnlyList<RegistryLogin>> ListAsync(Action<string>? warn = null, CancellationToken cancellationToken = default)
    {
        var config = Read(cancellationToken);
        var inFile = InFile(config).ToLookup(login => login.Repository is null);
        return [.. inFile[false], .. await OfHelpersAsync(config, warn, cancellationToken).ConfigureAwait(false), .. inFile[true]];
    }

    private IEnumerable<RegistryLogin> InFile(JsonObject config)
    {
        foreach (var (key, value) in (config["auths"] as JsonObject ?? []).OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (value is JsonObject { Count: > 0 } entry && Decode(entry) is { } credential)
            {
                yield return new RegistryLogin
                {
                    Registry = RegistryNames.Normalize(key),
                    Repository = RegistryNames.PathOf(key) is { Length: > 0 } path ? path : null,
                    Username = credential.Username,
                    Source = RegistryLoginSource.File,
                    Path = _path,
                };
            }
        }
    }

    private async Task<List<RegistryLogin>> OfHelpersAsync(JsonObject config, Action<string>? warn, CancellationToken cancellationToken)
    {
        var own = (config["credHelpers"] as JsonObject ?? []).Where(pair => RegistryNames.PathOf(pair.Key).Length == 0)
            .Select(pair => (Registry: RegistryNames.Normalize(pair.Key), Helper: Text(pair.Value))).Where(pair => pair.Helper is not null).ToList();
        var helpers = own.Select(pair => pair.Helper!).Append(Text(config["credsStore"])).OfType<string>().Distinct(StringComparer.Ordinal);
        var found = new List<RegistryLogin>();
        foreach (var helper in helpers)
        {
            try
            {
                var listed = await _helper.ListAsync(helper, cancellationToken).ConfigureAwait(false);
                found.AddRange(listed
                    .Select(pair => (Registry: RegistryNames.Normalize(pair.Key), Server: pair.Key, Username: pair.Value))
                    // What is kept under another text, or for a registry that another helper is for, is never asked for.
                    .Where(kept => Servers(kept.Registry).Contains(kept.Server, StringComparer.OrdinalIgnoreCase)
                        && HelperFor(config, kept.Registry) == helper)
                    .DistinctBy(kept => kept.Registry)
                    .Select(kept => new RegistryLogin
                    {
                        Registry = kept.Registry,
                        Username = kept.Username,
                        Source = RegistryLoginSource.Helper,
                        Path = _path,
                        Helper = "docker-credential-" + helper,
                    }));
            }
            catch (ZLayerException exception)
            {
                warn?.Invoke(exception.Message);
            }
        }

        return [.. found.OrderBy(login => login.Registry, StringComparer.OrdinalIgnoreCase)];
    }
}
