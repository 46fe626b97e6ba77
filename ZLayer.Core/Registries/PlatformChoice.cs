using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>Finds the manifest for a platform in an index, nested ones included, wherever its documents come from.</summary>
/// <param name="read">Reads a manifest, index or config; null where it is not to be had.</param>
/// <param name="subject">The image, for errors.</param>
internal sealed class PlatformChoice(Func<Descriptor, CancellationToken, Task<byte[]?>> read, string subject)
{
    private const int MaximumDepth = 4;

    // Nested indexes, and manifests whose platform only their config tells: each costs a request or two.
    private const int MaximumDocuments = 256;
    private const string ReferenceType = "vnd.docker.reference.type";

    private readonly HashSet<Digest> _seen = [];

    /// <summary>True for an entry that is no image but says something about one, such as BuildKit's provenance.</summary>
    public static bool IsAttestation(Descriptor entry)
        => entry.Annotations?.ContainsKey(ReferenceType) == true
            || entry.Platform is { Os: "unknown", Architecture: "unknown" };

    /// <summary>The descriptor of the manifest that serves the platform best.</summary>
    /// <exception cref="ZLayerException">PlatformNotAvailable, naming the platforms that there are.</exception>
    public async Task<Descriptor> ChooseAsync(byte[] index, Platform wanted, CancellationToken cancellationToken)
    {
        var offers = new List<Offer>();
        await CollectAsync(index, offers, 0, cancellationToken).ConfigureAwait(false);
        if (PlatformMatch.Best(wanted, offers, offer => offer.Platform) is { } best)
        {
            return best.Manifest;
        }

        throw NotAvailable(subject, wanted, offers.Select(o => o.Platform));
    }

    /// <summary>Refuses an image of one platform that is not the one that is wanted. What names none, such as an artifact, is for all.</summary>
    /// <exception cref="ZLayerException">PlatformNotAvailable.</exception>
    public async Task RequireAsync(Descriptor manifest, Platform wanted, CancellationToken cancellationToken)
    {
        if (await ReadPlatformAsync(manifest, cancellationToken).ConfigureAwait(false) is { } platform && PlatformMatch.Best(wanted, [platform], only => only) is null)
        {
            throw NotAvailable(subject, wanted, [platform]);
        }
    }

    /// <summary>The error for an image that is not there for the platform that is wanted.</summary>
    public static ZLayerException NotAvailable(string subject, Platform wanted, IEnumerable<Platform?> offers)
    {
        var available = offers.Select(offer => offer?.ToFullString()).OfType<string>().Distinct().ToList();
        return new ZLayerException(
            ZLayerErrorKind.PlatformNotAvailable,
            $"{subject} has no image for {wanted.ToFullString()}. It has: {(available.Count == 0 ? "none" : string.Join(", ", available))}.")
        {
            Subject = subject,
            Advice = $"Choose one of these with {DoorWords.Of("--platform", "-Platform")}, or another image.",
        };
    }

    private async Task CollectAsync(byte[] document, List<Offer> offers, int depth, CancellationToken cancellationToken)
    {
        if (depth >= MaximumDepth)
        {
            throw Damaged($"is nested more than {MaximumDepth} deep");
        }

        foreach (var entry in OciJson.ParseIndex(document, subject).Manifests.Where(e => !IsAttestation(e)))
        {
            // What was read once offers nothing new the second time.
            if (!(MediaTypes.IsManifest(entry.MediaType) && entry.Platform is not null) && !IsNew(entry))
            {
                continue;
            }

            if (MediaTypes.IsIndex(entry.MediaType))
            {
                if (await read(entry, cancellationToken).ConfigureAwait(false) is { } nested)
                {
                    await CollectAsync(nested, offers, depth + 1, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (MediaTypes.IsManifest(entry.MediaType))
            {
                offers.Add(new Offer(entry, entry.Platform ?? await ReadPlatformAsync(entry, cancellationToken).ConfigureAwait(false)));
            }
        }
    }

    private bool IsNew(Descriptor entry)
        => _seen.Add(entry.Digest)
            && (_seen.Count <= MaximumDocuments ? true : throw Damaged($"needs more than {MaximumDocuments} other documents to find a platform in"));

    private ZLayerException Damaged(string why)
        => new(ZLayerErrorKind.InvalidManifest, $"The index of {subject} {why}.")
        {
            Subject = subject,
            Advice = "The image was published damaged.",
        };

    // An index need not say the platforms; then the config does.
    private async Task<Platform?> ReadPlatformAsync(Descriptor entry, CancellationToken cancellationToken)
    {
        if (await read(entry, cancellationToken).ConfigureAwait(false) is not { } manifest)
        {
            return null;
        }

        var config = OciJson.ParseManifest(manifest, subject).Config;
        return MediaTypes.IsConfig(config.MediaType) && await read(config, cancellationToken).ConfigureAwait(false) is { } bytes
            ? OciJson.ParseConfig(bytes, subject).Platform
            : null;
    }

    private sealed record Offer(Descriptor Manifest, Platform? Platform);
}
