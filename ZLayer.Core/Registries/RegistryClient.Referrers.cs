using System.Net;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

internal sealed partial class RegistryClient
{
    private static readonly HttpStatusCode[] NoReferrersApi
        = [HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotImplemented];

    // The list of a registry without the referrers API is read, changed and written: one at a time.
    private readonly SemaphoreSlim _referrerGate = new(1, 1);

    /// <summary>
    /// What refers to a manifest: signatures, SBOMs, attestations and other artifacts (OCI distribution specification 1.1, "Listing
    /// Referrers"). A registry without that API is asked for the tag that stands in for it.
    /// </summary>
    /// <param name="subject">The manifest, with a digest.</param>
    /// <param name="artifactType">Only artifacts of this type; null gives all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async IAsyncEnumerable<Descriptor> GetReferrersAsync(
        ImageReference subject, string? artifactType = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var digest = subject.Digest ?? throw new ArgumentException("The subject has no digest.", nameof(subject));
        var target = _router.ForQuestion(subject);
        var filter = artifactType is null ? "" : "?artifactType=" + Uri.EscapeDataString(artifactType);
        var path = $"/v2/{target.Reference.Repository}/referrers/{digest}{filter}";
        var walk = new PageWalk($"list the referrers of {subject.ToFamiliarString()}", subject.ToString());
        while (path is not null)
        {
            var (index, next) = await ReadReferrersAsync(target, path, cancellationToken).ConfigureAwait(false);
            var entries = (index ?? await ReadReferrerTagAsync(subject, digest, cancellationToken).ConfigureAwait(false))?.Manifests ?? [];
            // A registry may leave the filter to the client.
            foreach (var entry in entries)
            {
                if (artifactType is null || entry.ArtifactType == artifactType)
                {
                    yield return entry;
                }
            }

            path = walk.Next(path, next, entries.Count, entries is [var first, ..] ? first.Digest.ToString() : null);
        }
    }

    /// <summary>
    /// Takes a manifest that was deleted out of the list that stands in for the referrers API, where the registry has one.
    /// </summary>
    internal async Task RemoveReferrerAsync(ImageReference repository, Digest referrer, Digest subject, CancellationToken cancellationToken)
    {
        await _referrerGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await ReadReferrerTagAsync(repository, subject, cancellationToken).ConfigureAwait(false) is { } index
                && index.Manifests.Any(entry => entry.Digest == referrer))
            {
                var rest = OciJson.Serialize(index with { Manifests = [.. index.Manifests.Where(entry => entry.Digest != referrer)] });
                await PutManifestAsync(
                    repository.WithTag(ReferrerTag.Of(subject)), rest, MediaTypes.OciIndex, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _referrerGate.Release();
        }
    }

    private async Task AddReferrerAsync(
        ImageReference repository, ReadOnlyMemory<byte> manifest, string mediaType, Digest subject, CancellationToken cancellationToken)
    {
        await _referrerGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var entry = ReferrerTag.Describe(manifest.Span, mediaType, repository.ToFamiliarString());
            var index = await ReadReferrerTagAsync(repository, subject, cancellationToken).ConfigureAwait(false)
                ?? new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [] };
            if (index.Manifests.All(known => known.Digest != entry.Digest))
            {
                var bytes = OciJson.Serialize(index with { Manifests = [.. index.Manifests, entry] });
                await PutManifestAsync(
                    repository.WithTag(ReferrerTag.Of(subject)), bytes, MediaTypes.OciIndex, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _referrerGate.Release();
        }
    }

    // Null when the registry does not have the API.
    private Task<(ImageIndex? Index, string? Next)> ReadReferrersAsync(
        RegistryTarget target, string path, CancellationToken cancellationToken)
        => target.Transport.ReadAsync(
            Request(HttpMethod.Get, target.Reference, path, "list the referrers of", "pull") with { Allowed = NoReferrersApi, Accept = [MediaTypes.OciIndex] },
            async (response, token) => response.IsSuccessStatusCode
                && response.Content.Headers.ContentType?.MediaType == MediaTypes.OciIndex
                ? (OciJson.ParseIndex(
                    await ResponseBody.ReadAsync(
                        response, MaximumPage, _options, token).ConfigureAwait(false), target.Reference.ToFamiliarString()), LinkHeader.Next(response))
                : ((ImageIndex?)null, (string?)null),
            cancellationToken);

    private async Task<ImageIndex?> ReadReferrerTagAsync(ImageReference repository, Digest subject, CancellationToken cancellationToken)
    {
        try
        {
            var tag = _router.ForQuestion(repository).Reference.WithTag(ReferrerTag.Of(subject));
            var found = await GetManifestAsync(
                _router.ForQuestion(repository) with { Reference = tag }, cancellationToken).ConfigureAwait(false);
            return MediaTypes.IsIndex(found.MediaType) ? OciJson.ParseIndex(found.Bytes.Span, tag.ToFamiliarString()) : null;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            return null;
        }
    }
}
