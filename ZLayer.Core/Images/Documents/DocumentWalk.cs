using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Documents;

/// <summary>
/// Walks from what a name points to down through indexes, nested ones too, to the manifests below: the one way to see what an image
/// consists of, wherever its documents are. Each index is read once however often it is named. What strangers nest without end is refused.
/// </summary>
/// <param name="documents">Where they are read.</param>
/// <param name="subject">The image, for errors.</param>
internal sealed class DocumentWalk(IDocumentSource documents, string subject)
{
    /// <summary>How many indexes may lie above a manifest.</summary>
    public const int MaximumDepth = 8;

    // Nested indexes, and manifests whose platform only their config tells: at a registry each costs a request or two.
    private const int MaximumDocuments = 256;
    private const long MaximumBytes = 64L << 20;

    private int _read;
    private long _bytes;

    /// <summary>Refuses what is nested too deep.</summary>
    /// <param name="depth">How many indexes lie above.</param>
    /// <param name="subject">The image.</param>
    /// <exception cref="ZLayerException">InvalidManifest.</exception>
    public static void CheckDepth(int depth, string subject)
    {
        if (depth > MaximumDepth)
        {
            throw Damaged(subject, $"is nested more than {MaximumDepth} deep");
        }
    }

    /// <summary>
    /// The target and everything that it and the indexes below it name, in order: manifests, indexes, and whatever else an index has.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidManifest: damaged, or more than anybody publishes; and what the source throws.</exception>
    public async Task<IReadOnlyList<DocumentNode>> NodesAsync(Descriptor target, CancellationToken cancellationToken)
    {
        var nodes = new List<DocumentNode>();
        await AddAsync(target, nodes, [], 0, cancellationToken).ConfigureAwait(false);
        return nodes;
    }

    /// <summary>The manifests below a target, attestations too.</summary>
    /// <exception cref="ZLayerException">As <see cref="NodesAsync"/>.</exception>
    public async Task<IReadOnlyList<Descriptor>> ManifestsAsync(Descriptor target, CancellationToken cancellationToken)
        => [.. (await NodesAsync(target, cancellationToken).ConfigureAwait(false)).Select(node => node.Entry)
            .Where(entry => MediaTypes.IsManifest(entry.MediaType))];

    /// <summary>
    /// The manifests of images below a target, each with its platform: what its index says, or else its config. Attestations are no images.
    /// </summary>
    /// <exception cref="ZLayerException">As <see cref="NodesAsync"/>.</exception>
    public async Task<IReadOnlyList<PlatformManifest>> ImagesAsync(Descriptor target, CancellationToken cancellationToken)
    {
        var images = new List<PlatformManifest>();
        var platforms = new Dictionary<Digest, Platform?>();
        foreach (var entry in await ManifestsAsync(target, cancellationToken).ConfigureAwait(false))
        {
            if (entry.IsAttestation)
            {
                continue;
            }

            var platform = entry.Platform;
            if (platform is null && !platforms.TryGetValue(entry.Digest, out platform))
            {
                platforms[entry.Digest] = platform = await ReadPlatformAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            images.Add(new PlatformManifest(entry, platform));
        }

        return images;
    }

    private async Task AddAsync(
        Descriptor entry, List<DocumentNode> nodes, HashSet<(Digest, string?)> seen, int depth, CancellationToken cancellationToken)
    {
        // An index may name another a thousand times, and that one a third. One manifest may well be for several platforms.
        var isIndex = MediaTypes.IsIndex(entry.MediaType);
        if (!seen.Add((entry.Digest, isIndex ? null : entry.Platform?.ToFullString())))
        {
            return;
        }

        if (!isIndex)
        {
            nodes.Add(new DocumentNode(entry, IsMissing: false));
            return;
        }

        CheckDepth(depth + 1, subject);
        var bytes = await ReadAsync(entry, cancellationToken).ConfigureAwait(false);
        nodes.Add(new DocumentNode(entry, IsMissing: bytes is null));
        foreach (var child in bytes is null ? [] : OciJson.ParseIndex(bytes, subject).Manifests)
        {
            await AddAsync(child, nodes, seen, depth + 1, cancellationToken).ConfigureAwait(false);
        }
    }

    // An index need not say the platforms; then the config does.
    private async Task<Platform?> ReadPlatformAsync(Descriptor entry, CancellationToken cancellationToken)
        => await ReadAsync(entry, cancellationToken).ConfigureAwait(false) is { } manifest
            && OciJson.ParseManifest(manifest, subject).Config is var config && MediaTypes.IsConfig(config.MediaType)
            && await documents.ReadAsync(config, cancellationToken).ConfigureAwait(false) is { } bytes
            ? OciJson.ParseConfig(bytes, subject).Platform
            : null;

    private async Task<byte[]?> ReadAsync(Descriptor document, CancellationToken cancellationToken)
    {
        if (++_read > MaximumDocuments)
        {
            throw Damaged(subject, $"needs more than {MaximumDocuments} other documents to find a platform in");
        }

        var bytes = await documents.ReadAsync(document, cancellationToken).ConfigureAwait(false);
        _bytes += bytes?.Length ?? 0;
        return _bytes > MaximumBytes
            ? throw Damaged(subject, $"needs more than {MaximumBytes >> 20} MB of other documents to find a platform in")
            : bytes;
    }

    private static ZLayerException Damaged(string subject, string why)
        => new(ZLayerErrorKind.InvalidManifest, $"The index of {subject} {why}.")
        {
            Subject = subject,
            Advice = "The image was published damaged.",
        };
}

/// <summary>One thing that a target or an index names.</summary>
/// <param name="Entry">Its descriptor.</param>
/// <param name="IsMissing">Whether it is an index that the source does not have.</param>
internal sealed record DocumentNode(Descriptor Entry, bool IsMissing);

/// <summary>The manifest of an image.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Platform">The platform that it is for; null where neither the index nor a config says one.</param>
internal sealed record PlatformManifest(Descriptor Manifest, Platform? Platform);
