using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Registries.Copying;

namespace ZLayer.Core;

public sealed partial class ZLayerEngine
{
    private ArtifactClient Artifacts => new(_client.Value, _registryOptions.Value);

    /// <summary>Proves oneself to a registry and keeps the credential: for this engine, or as <c>docker login</c> does.</summary>
    /// <param name="registry">Host and optional port.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="persist">True keeps it in Docker's config file or credential helper.</param>
    /// <param name="verify">False skips asking the registry.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ZLayerException">RegistryAuthenticationFailed when the registry does not accept it.</exception>
    public async Task<RegistryConnection> ConnectRegistryAsync(
        string registry, RegistryCredential credential, bool persist, bool verify = true, CancellationToken cancellationToken = default)
    {
        var connection = verify
            ? await _client.Value.CheckAsync(registry, credential, cancellationToken).ConfigureAwait(false)
            : new RegistryConnection { Registry = registry, Endpoint = new Uri($"https://{registry}"), Username = credential.Username };
        if (persist)
        {
            var file = await DockerConfig().SaveAsync(registry, credential, cancellationToken).ConfigureAwait(false);
            connection = connection with { PlainTextFile = file };
        }

        Credentials.Set(registry, credential);
        _client.Value.Forget(registry);
        return connection;
    }

    /// <summary>Forgets a credential: of this engine, and with <paramref name="persist"/> of Docker's config file or helper too.</summary>
    /// <returns>False when there was none.</returns>
    public async Task<bool> DisconnectRegistryAsync(string registry, bool persist, CancellationToken cancellationToken = default)
    {
        var removed = Credentials.Remove(registry);
        if (persist)
        {
            removed |= await DockerConfig().EraseAsync(registry, cancellationToken).ConfigureAwait(false);
        }

        _client.Value.Forget(registry);
        return removed;
    }

    /// <summary>
    /// The logins that there are: of this engine, of the files that are read for credentials, and of their helpers, in the order in which
    /// they count. No secret is read from a helper, and none is told.
    /// </summary>
    /// <param name="warn">Told which helper cannot be asked, and why.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <exception cref="ZLayerException">StorageReadFailed when a file is not readable JSON.</exception>
    public async Task<IReadOnlyList<RegistryLogin>> ListLoginsAsync(
        Action<string>? warn = null, CancellationToken cancellationToken = default)
    {
        var logins = new List<RegistryLogin>();
        var covered = new HashSet<(string Registry, string? Repository)>();
        foreach (var source in CredentialFiles().Prepend(null))
        {
            // One for a part of a registry comes before one for all of it, but only within its file.
            foreach (var login in source is null
                ? Credentials.List()
                : await source.ListAsync(warn, cancellationToken).ConfigureAwait(false))
            {
                var isUsed = !covered.Contains((login.Registry, null)) && !covered.Contains((login.Registry, login.Repository));
                covered.Add((login.Registry, login.Repository));
                logins.Add(login with { IsUsed = isUsed });
            }
        }

        return logins;
    }

    /// <summary>The tags of a repository, page by page.</summary>
    /// <param name="repository">The repository; tag and digest are not looked at.</param>
    /// <param name="detailed">True adds digest, platforms, size and time: two requests or three for each tag, many tags at once.</param>
    /// <param name="isWanted">Chooses tags by name, before more is asked about them; null takes all.</param>
    /// <param name="warn">Told how many names were left out because no reference can have them.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public IAsyncEnumerable<RegistryTag> GetTagsAsync(
        ImageReference repository, bool detailed = false, Func<string, bool>? isWanted = null, Action<string>? warn = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return new RegistryTagReader(_client.Value, _registryOptions.Value.MaximumConnections)
            .ListAsync(repository, detailed, isWanted ?? (_ => true), warn, cancellationToken);
    }

    /// <summary>The repositories of a registry, as far as it lists them.</summary>
    /// <param name="registry">Host and optional port.</param>
    /// <param name="warn">Told how many names were left out because no reference can have them.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ZLayerException">OperationNotSupported when the registry does not list its repositories.</exception>
    public async IAsyncEnumerable<RegistryRepository> GetRepositoriesAsync(
        string registry, Action<string>? warn = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var name = RegistryNames.Normalize(registry);
        var leftOut = 0;
        await foreach (var repository in _client.Value.GetRepositoriesAsync(registry, cancellationToken).ConfigureAwait(false))
        {
            if (ImageReference.TryParse($"{name}/{repository}", out var reference) && reference.Repository == repository)
            {
                yield return new RegistryRepository { Registry = name, Name = repository };
            }
            else
            {
                leftOut++;
            }
        }

        if (leftOut > 0)
        {
            warn?.Invoke($"{leftOut} of the repositories that {name} lists are left out: their names are not valid.");
        }
    }

    /// <summary>
    /// Deletes an image from its registry: a tag, which leaves the image to its other tags, or by digest the image with all of them.
    /// </summary>
    /// <param name="reference">The tag or digest.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ZLayerException">ImageNotFound; OperationNotSupported when the registry does not delete, or not by tag.</exception>
    public Task DeleteRemoteAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return RemoteImages.DeleteAsync(_client.Value, reference, cancellationToken);
    }

    /// <summary>Copies an image from registry to registry without storing it; see <see cref="ImageCopier"/>.</summary>
    public Task<CopyResult> CopyAsync(
        ImageReference source, ImageReference destination, CopyOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => _copier.Value.CopyAsync(source, destination, options, progress, cancellationToken);

    /// <summary>Finds out what <see cref="CopyAsync"/> would do, without changing anything.</summary>
    public Task<CopyPlan> PlanCopyAsync(
        ImageReference source, ImageReference destination, CopyOptions options, CancellationToken cancellationToken = default)
        => _copier.Value.PlanAsync(source, destination, options, cancellationToken);

    /// <summary>What refers to an image: signatures, SBOMs, attestations and other artifacts.</summary>
    /// <param name="image">The image; a tag is resolved first.</param>
    /// <param name="artifactType">Only artifacts of this type; null gives all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ZLayerException">ImageNotFound, and what registries throw.</exception>
    public async IAsyncEnumerable<Referrer> GetReferrersAsync(
        ImageReference image, string? artifactType = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var subject = await Artifacts.ResolveAsync(image, cancellationToken).ConfigureAwait(false);
        await foreach (var found in _client.Value.GetReferrersAsync(
            image.WithDigest(subject.Digest), artifactType, cancellationToken).ConfigureAwait(false))
        {
            yield return Referrer.From(image.WithDigest(subject.Digest), found);
        }
    }

    /// <summary>Pushes files as an artifact; see <see cref="ArtifactClient.PushAsync"/>.</summary>
    public Task<Referrer> PushArtifactAsync(
        ImageReference destination, ArtifactContent content, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => Artifacts.PushAsync(destination, content, progress, cancellationToken);

    /// <summary>Attaches files to an image; see <see cref="ArtifactClient.AttachAsync"/>.</summary>
    public Task<Referrer> AttachAsync(
        ImageReference subject, ArtifactContent content, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => Artifacts.AttachAsync(subject, content, progress, cancellationToken);

    /// <summary>Fetches the files of an artifact; see <see cref="ArtifactClient.PullAsync"/>.</summary>
    public Task<IReadOnlyList<string>> PullArtifactAsync(
        ImageReference reference, string directory, bool overwrite = false, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => Artifacts.PullAsync(reference, directory, overwrite, progress, cancellationToken);

    /// <summary>What a name in a registry points to; null when the registry does not have it.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ZLayerException">What registries throw.</exception>
    public Task<Descriptor?> FindRemoteAsync(ImageReference reference, CancellationToken cancellationToken = default)
        => _client.Value.HeadManifestAsync(reference, cancellationToken);

    /// <summary>Everything about one platform of an image in a registry, without bringing the image into the store.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="platform">The platform; null is this machine's, else the first.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, InvalidManifest, and what registries throw.</exception>
    public Task<ImageDetail> InspectRemoteAsync(
        ImageReference reference, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return RemoteImages.InspectAsync(_client.Value, reference, platform, cancellationToken);
    }
}
