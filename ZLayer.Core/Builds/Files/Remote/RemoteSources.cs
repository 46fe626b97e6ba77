using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The sources of ADD that are not in the context: downloads and git repositories, kept and revalidated in the store's cache.
/// </summary>
internal sealed class RemoteSources
{
    private readonly Downloads _downloads;
    private readonly GitCheckouts _checkouts;

    /// <summary>Makes a resolver.</summary>
    /// <param name="layout">The data root that keeps downloads and checkouts.</param>
    /// <param name="http">Makes the requests; the caller disposes it.</param>
    /// <param name="environment">
    /// The environment for <c>git</c>: PATH, HOME, SSH_AUTH_SOCK, proxies. Only what git needs is passed on.
    /// </param>
    public RemoteSources(StoreLayout layout, HttpClient http, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _downloads = new Downloads(layout, http);
        _checkouts = new GitCheckouts(layout, environment);
    }

    /// <summary>Says whether ADD fetches a source instead of reading it from the context.</summary>
    /// <param name="source">A source as written.</param>
    public static bool IsRemote(string source) => GitReference.IsGit(source) || IsUrl(source);

    /// <summary>Fetches a source.</summary>
    /// <param name="source">A URL or git repository.</param>
    /// <param name="options">The flags of ADD.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <returns>The source as a tree; dispose <see cref="CopySource.Tree"/>.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// BuildStepInvalid (the URL, status or reference is wrong), DigestMismatch, OperationTimedOut, BuilderUnavailable (git is not
    /// installed).
    /// </exception>
    public Task<CopySource> FetchAsync(string source, RemoteSourceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        return GitReference.IsGit(source)
            ? _checkouts.FetchAsync(GitReference.Parse(source, options.Location), options, cancellationToken)
            : _downloads.FetchAsync(source, options, cancellationToken);
    }

    /// <summary>Says whether a source is an address of the web, which COPY does not take.</summary>
    /// <param name="source">A source as written.</param>
    internal static bool IsUrl(string source)
        => source.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
}
