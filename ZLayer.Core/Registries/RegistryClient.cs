using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// A client of image registries (OCI distribution specification 1.1). It knows streams and documents, not stores. Safe for several threads;
/// connections, endpoints and tokens are kept until it is disposed.
/// <para>
/// Every method throws <see cref="ZLayerException"/>: RegistryAuthenticationFailed (401), RegistryAccessDenied (403), ImageNotFound (404),
/// RegistryRateLimited (429), RegistryUnreachable, RegistryTlsFailed, RegistryError (other refusals, and 5xx after all attempts),
/// RegistryProtocolError, DigestMismatch. No message holds a secret.
/// </para>
/// </summary>
internal sealed partial class RegistryClient : IPushTarget, IDisposable
{
    private const int MaximumForeignUrls = 5;

    private readonly RegistryOptions _options;
    private readonly RegistryRouter _router;
    private readonly ILogger _logger;

    /// <summary>Creates a client; nothing is sent before it is used.</summary>
    /// <param name="options">How registries are reached.</param>
    /// <param name="credentials">Who knows credentials.</param>
    /// <param name="logger">Told about endpoints and retries, never about secrets.</param>
    public RegistryClient(RegistryOptions options, ICredentialSource credentials, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        _router = new RegistryRouter(options, credentials, _logger);
    }

    /// <summary>Fetches a manifest or index, at most 16 MiB, verified against the reference's digest and the registry's own.</summary>
    public Task<ManifestResponse> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _router.PullAsync(reference, GetManifestAsync, cancellationToken);
    }

    /// <summary>Asks for a manifest's descriptor without its content; null when the repository or the tag is not there.</summary>
    public Task<Descriptor?> HeadManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _router.PullAsync(reference, HeadManifestAsync, cancellationToken, found => found is not null);
    }

    /// <summary>Deletes a manifest by digest, or a tag where the registry supports that.</summary>
    public async Task DeleteManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using var response = await _router.ForPush(reference).Transport.SendAsync(
            Request(HttpMethod.Delete, reference, ManifestPath(reference), "delete", "delete"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Downloads a blob from byte <paramref name="offset"/> on, going on after broken connections. The size is checked; the digest is for
    /// <paramref name="destination"/> to check, which sees every byte.
    /// </summary>
    /// <param name="repository">The repository; tag and digest are not looked at.</param>
    /// <param name="blob">
    /// The blob. Where the repository does not hold it, the first of its <see cref="Descriptor.Urls"/> that does serves it.
    /// </param>
    /// <param name="destination">Written to synchronously, in order, on a thread of the pool.</param>
    /// <param name="offset">Bytes that the destination has already.</param>
    /// <param name="progress">Told how the transfer goes.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    public async Task DownloadBlobAsync(
        ImageReference repository,
        Descriptor blob,
        Stream destination,
        long offset = 0,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        var report = new TransferReport(progress, blob);
        report.Report(TransferStatus.Transferring, offset);
        // What one place has delivered before it failed, the next need not send again.
        var position = offset;
        try
        {
            await _router.PullAsync(
                repository,
                async (target, token) =>
                {
                    var download = new BlobDownload(
                        target.Transport, _options, PullBlob(target.Reference, blob), blob, destination, report);
                    try
                    {
                        await download.RunAsync(position, token).ConfigureAwait(false);
                        return true;
                    }
                    finally
                    {
                        position = download.Position;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound && blob.Urls is { Count: > 0 } urls)
        {
            await DownloadElsewhereAsync(repository, blob, urls, destination, report, position, e, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches a small blob, at most 16 MiB, into memory, verified.</summary>
    public async Task<byte[]> GetBlobAsync(ImageReference repository, Descriptor blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (blob.Size > OciJson.MaximumDocumentSize)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"Blob {blob.Digest} of {repository} is said to have {blob.Size} bytes, too many for a document.")
            {
                Subject = blob.Digest.ToString(),
                Advice = "The image was published damaged, or is not an image.",
            };
        }

        for (var isFirst = true; ; isFirst = false)
        {
            using var memory = new MemoryStream((int)blob.Size);
            await DownloadBlobAsync(repository, blob, memory, 0, null, cancellationToken).ConfigureAwait(false);
            var content = memory.ToArray();
            if (IsContent(blob.Digest, content))
            {
                return content;
            }

            if (!isFirst || !DistrustMirrors(repository))
            {
                throw Mismatch(repository, blob.Digest, Digest.Of(content));
            }
        }
    }

    /// <summary>Whether a repository holds a blob.</summary>
    public async Task<bool> BlobExistsAsync(ImageReference repository, Descriptor blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        var request = Pull(
            HttpMethod.Head, repository, BlobPath(repository, blob)) with { Allowed = RegistryRequest.Presence, StaysHere = true };
        using var response = await _router.ForPush(repository).Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return RegistryRequest.IsPresent(response);
    }

    /// <inheritdoc/>
    public Task<BlobUploadOutcome> UploadBlobAsync(
        ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        return new BlobUpload(_router.ForPush(repository).Transport, _options, repository, blob, new TransferReport(progress, blob.Descriptor)).RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task PutManifestAsync(
        ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var path = $"/v2/{reference.Repository}/manifests/{reference.Tag ?? reference.Identifier}";
        var request = Request(HttpMethod.Put, reference, path, "push", "pull,push") with
        {
            Content = _ => new ReadOnlyMemoryContent(manifest) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
        };
        using var response = await _router.ForPush(reference).Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (ServerDigest(response) is { } theirs && theirs.Algorithm == "sha256" && theirs != Digest.Of(manifest.Span))
        {
            throw Mismatch(reference, Digest.Of(manifest.Span), theirs);
        }

        // A registry that knows referrers says so with this header; for others the client keeps the list.
        if (!response.Headers.NonValidated.Contains("OCI-Subject") && ReferrerTag.FindSubject(manifest.Span) is { } subject)
        {
            await AddReferrerAsync(reference, manifest, mediaType, subject, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets what is known of a registry, so that a new login, or a logout, takes effect at once.</summary>
    public void Forget(string registry) => _router.Forget(RegistryNames.Normalize(registry));

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _router.Dispose();
        _referrerGate.Dispose();
    }

    /// <summary>
    /// Leaves out the mirrors of a repository for a while, because what came had the wrong digest. False when it has none.
    /// </summary>
    internal bool DistrustMirrors(ImageReference repository) => _router.DistrustMirrors(repository);

    private Task<ManifestResponse> GetManifestAsync(RegistryTarget target, CancellationToken cancellationToken)
    {
        var answer = target.Transport.ReadAsync(
            Pull(HttpMethod.Get, target.Reference, ManifestPath(target.Reference)) with { Accept = MediaTypes.Accepted },
            async (response, token) => Check(
                target.Reference, response, await ResponseBody.ReadAsync(
                    response, OciJson.MaximumDocumentSize, _options, token).ConfigureAwait(false)),
            cancellationToken);
        // The first digest of a process loads the library that computes them, which takes longer than a registry nearby needs for an
        // answer.
        _ = Digest.Of([]);
        return answer;
    }

    /// <summary>
    /// The digest of what a tag or digest names in the repository that is pushed to, mirrors left out; null when it is not there, or the
    /// registry does not say.
    /// </summary>
    internal async Task<Digest?> FindAtDestinationAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        // The rights of the push that follows, so that one token serves both.
        var request = Request(HttpMethod.Head, reference, ManifestPath(reference), "look for", "pull,push") with
        {
            Accept = MediaTypes.Accepted,
            Allowed = RegistryRequest.Presence,
            StaysHere = true,
        };
        using var response = await _router.ForPush(reference).Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode ? ServerDigest(response) ?? reference.Digest : null;
    }

    /// <summary>Asks for a blob from a byte on. The caller reads, and disposes of, the answer.</summary>
    internal Task<HttpResponseMessage> OpenBlobAsync(
        ImageReference repository, Descriptor blob, long offset, CancellationToken cancellationToken)
        => _router.PullAsync(
            repository,
            (target, token) => target.Transport.SendAsync(PullBlob(target.Reference, blob) with { RangeStart = offset }, token),
            cancellationToken);

    private async Task<Descriptor?> HeadManifestAsync(RegistryTarget target, CancellationToken cancellationToken)
    {
        var request = Pull(HttpMethod.Head, target.Reference, ManifestPath(target.Reference)) with
        {
            Accept = MediaTypes.Accepted,
            Allowed = [HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed],
        };
        using var response = await target.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        // Registries may leave the digest header out, or not know HEAD; then the document itself tells.
        return response.IsSuccessStatusCode
            && ServerDigest(response) is { } digest
            && response.Content.Headers is { ContentLength: { } size, ContentType.MediaType: { } type }
            ? new Descriptor { MediaType = type, Digest = digest, Size = size }
            : (await GetManifestAsync(target, cancellationToken).ConfigureAwait(false)).Descriptor;
    }

    private async Task DownloadElsewhereAsync(
        ImageReference repository, Descriptor blob, IReadOnlyList<string> urls, Stream destination, TransferReport report, long offset,
        ZLayerException notFound, CancellationToken cancellationToken)
    {
        foreach (var url in urls.Take(MaximumForeignUrls))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                continue;
            }

            try
            {
                var elsewhere = new BlobDownload(
                    _router.ForQuestion(repository).Transport, _options, PullBlob(repository, blob) with { ForeignAddress = address }, blob, destination, report);
                await elsewhere.RunAsync(offset, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ImageNotFound or ZLayerErrorKind.RegistryAccessDenied or ZLayerErrorKind.RegistryAuthenticationFailed)
            {
                _logger.LogDebug("{Host} does not serve blob {Digest}", address.Host, blob.Digest);
            }
        }

        throw notFound;
    }

    private static ManifestResponse Check(ImageReference reference, HttpResponseMessage response, byte[] body)
    {
        var declared = response.Content.Headers.ContentType?.MediaType;
        var type = MediaTypes.IsManifest(declared) || MediaTypes.IsIndex(declared) ? declared : OciJson.DetectMediaType(body) ?? declared;
        if (type?.Contains("distribution.manifest.v1", StringComparison.Ordinal) == true)
        {
            // Its digest leaves the signatures out, so that it could not be verified below.
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"{reference} is an image of Docker's schema 1, which is not supported.")
            {
                Subject = reference.ToString(),
                Advice = "Have the image pushed again with a tool of this decade.",
            };
        }

        var wanted = reference.Digest ?? ServerDigest(response);
        if (wanted is { } digest)
        {
            Verify(reference, digest, body);
        }

        return type is null
            ? throw new ZLayerException(
                ZLayerErrorKind.RegistryProtocolError, $"The answer to a request for {reference} is not a manifest.")
            {
                Subject = reference.ToString(),
                Advice = "Check that the address names an image registry.",
            }
            : new ManifestResponse(body, type, wanted ?? Digest.Of(body));
    }

    private static bool IsContent(Digest digest, byte[] content)
        => digest == (digest.Algorithm == "sha512"
            ? Digest.FromSha512(System.Security.Cryptography.SHA512.HashData(content))
            : Digest.Of(content));

    private static void Verify(ImageReference reference, Digest expected, byte[] content)
    {
        if (!IsContent(expected, content))
        {
            throw Mismatch(reference, expected, Digest.Of(content));
        }
    }

    private static ZLayerException Mismatch(ImageReference reference, Digest expected, Digest actual)
        => new(ZLayerErrorKind.DigestMismatch, $"{reference}: expected content with digest {expected}, but it has {actual}.")
        {
            Subject = reference.ToString(),
            Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
        };

    private static Digest? ServerDigest(HttpResponseMessage response)
        => response.Headers.NonValidated.TryGetValues("Docker-Content-Digest", out var values)
            && Digest.TryParse(values.ToString(), out var digest)
            ? digest
            : null;

    private static string ManifestPath(ImageReference reference) => $"/v2/{reference.Repository}/manifests/{reference.Identifier}";

    private static string BlobPath(ImageReference repository, Descriptor blob) => $"/v2/{repository.Repository}/blobs/{blob.Digest}";

    private static RegistryRequest PullBlob(ImageReference repository, Descriptor blob)
        => Pull(HttpMethod.Get, repository, BlobPath(repository, blob)) with { Attempt = $"pull blob {blob.Digest} of {repository.ToFamiliarString()}" };

    private static RegistryRequest Pull(HttpMethod method, ImageReference reference, string path)
        => Request(method, reference, path, "pull", "pull");

    private static RegistryRequest Request(HttpMethod method, ImageReference reference, string path, string verb, string access)
        => new()
        {
            Registry = reference.Registry,
            Repository = reference.Repository,
            Method = method,
            Path = path,
            Scopes = [$"repository:{reference.Repository}:{access}"],
            Attempt = $"{verb} {reference.ToFamiliarString()}",
            Subject = reference.ToString(),
        };
}
