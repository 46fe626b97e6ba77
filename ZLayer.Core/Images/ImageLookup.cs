using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>Finds what a name, a digest or the beginning of an id means.</summary>
/// <param name="references">Finds single names.</param>
/// <param name="openDocuments">Opens what is remembered of manifests.</param>
/// <param name="scan">All names that count; those of <paramref name="references"/> without it.</param>
internal sealed class ImageLookup(
    ReferenceStore references, Func<DocumentMemory> openDocuments, Func<IEnumerable<StoredName>>? scan = null)
{
    /// <summary>The fewest hexadecimal digits that are taken for an id.</summary>
    public const int ShortestId = 4;

    private const int MostSuggestions = 3;

    /// <summary>An image found.</summary>
    /// <param name="Target">The index or manifest.</param>
    /// <param name="ById">True when a digest or id was given, not a name.</param>
    /// <param name="Platform">The platform that the id belongs to, where it is one of several.</param>
    public sealed record Match(Descriptor Target, bool ById, Platform? Platform);

    // The text of a digest, or of the beginning of one, in hexadecimal digits.
    private sealed record SoughtId(string Text, Digest? Whole)
    {
        public string Digits => Whole?.Hex ?? Text;

        public bool Fits(Digest id) => Whole is { } whole ? id == whole : id.Hex.StartsWith(Text, StringComparison.Ordinal);
    }

    /// <summary>The image of a name or id; null when there is none. A name comes before an id of the same text.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidImageReference; InvalidArgument when the beginning of an id fits several images.
    /// </exception>
    public Match? Find(string nameOrId)
    {
        var id = IdOf(nameOrId);
        return FindName(nameOrId, id) ?? (id is null ? null : ReadableOf(id, FindAll(id)));
    }

    /// <summary>The images that are meant where something happens to them: of an id that several have, all.</summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <param name="several">Whether several may be meant.</param>
    /// <exception cref="ZLayerException">
    /// InvalidImageReference; InvalidArgument when an id means several images and one is wanted.
    /// </exception>
    public IReadOnlyList<Match> FindTargets(string nameOrId, bool several)
    {
        var id = IdOf(nameOrId);
        if (FindName(nameOrId, id) is { } named)
        {
            return [named];
        }

        var found = id is null ? [] : FindAll(id);
        if (id is null || ReadableOf(id, found) is not { } match)
        {
            return [];
        }

        // The digest of a manifest or an index is of one image, whatever lists it has become a part of; that of a config may not be.
        return found.FindAll(one => id.Fits(one.Target.Digest)) is [var own] ? [own]
            : found.Count <= 1 ? [match]
            : several ? found
            : throw Ambiguous(nameOrId, found);
    }

    /// <summary>The name that a text means whatever there is; null for one with a digest, and what may be an id.</summary>
    /// <exception cref="ZLayerException">InvalidImageReference.</exception>
    public static ImageReference? OnlyNameOf(string nameOrId)
        => IdOf(nameOrId) is null && ImageReference.Parse(nameOrId) is { Digest: null } name ? name : null;

    /// <summary>The error for a name that is not there, with similar ones.</summary>
    public ZLayerException NotFound(string nameOrId)
    {
        var wanted = ImageReference.TryParse(nameOrId, out var reference) ? reference.ToFamiliarString() : nameOrId;
        var names = references.Enumerate((_, _) => { }).Select(entry => entry.Reference?.ToFamiliarString()).OfType<string>();
        var near = Suggestion.Near(wanted, names, Math.Max(2, wanted.Length / 3)).Take(MostSuggestions).ToList();
        return new ZLayerException(ZLayerErrorKind.ImageNotFound, $"No image '{nameOrId}' is in the store.")
        {
            Subject = nameOrId,
            Advice = near.Count > 0 ? $"Did you mean {string.Join(", ", near)}? Otherwise pull, load or build it."
                : $"Pull, load or build it; {DoorWords.Of("'zlayer images'", "Get-ZLayerImage")} lists what is there.",
        };
    }

    private static SoughtId? IdOf(string nameOrId)
    {
        var isHex = nameOrId.Length is >= ShortestId and <= 128 && nameOrId.All(char.IsAsciiHexDigitLower);
        // References exclude names of 64 such digits for this reason.
        return Digest.TryParse(
            isHex && nameOrId.Length == 64 ? "sha256:" + nameOrId : nameOrId, out var digest) ? new SoughtId(nameOrId, digest)
            : isHex ? new SoughtId(nameOrId, null)
            : null;
    }

    private Match? FindName(string nameOrId, SoughtId? id)
    {
        if (id?.Whole is not null)
        {
            return null;
        }

        var reference = ImageReference.Parse(nameOrId);
        return (references.FindByRegistryDigest(reference, scan) ?? references.Find(reference)) is { } target
            ? new Match(target, ById: false, Platform: null)
            : null;
    }

    // Several targets with one id are one image, pulled and built or compressed in two ways: to read it, any of them does.
    private Match? ReadableOf(SoughtId id, List<Match> found)
    {
        if (found.Count > 1
            && IdsOf(found[0].Target, id) is var first
            && found.Skip(1).Any(other => !first.Overlaps(IdsOf(other.Target, id))))
        {
            throw Ambiguous(id.Text, found);
        }

        return found.FirstOrDefault() ?? (id.Whole is { } digest ? FindUnlisted(digest) : null);
    }

    private List<Match> FindAll(SoughtId id)
    {
        using var documents = openDocuments();
        var summaries = new ImageSummaries(documents);
        var names = scan is null ? references.Scan((_, _) => { }) : scan();
        List<Match> found = [.. references.ThatMayLeadTo(names, id.Digits).Select(entry => entry.Target).DistinctBy(target => target.Digest)
            .Select(target => MatchTarget(summaries, target, id)).OfType<Match>()];
        documents.Save(complete: false);
        return found;
    }

    private HashSet<Digest> IdsOf(Descriptor target, SoughtId id)
    {
        using var documents = openDocuments();
        return [.. ImageIds(new ImageSummaries(documents), target).Where(id.Fits)];
    }

    private ZLayerException Ambiguous(string text, IReadOnlyList<Match> found)
    {
        var names = references.Enumerate((_, _) => { })
            .ToLookup(entry => entry.Target.Digest, entry => entry.Reference?.ToFamiliarString());
        return new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The id '{text}' is ambiguous: it fits several images.")
        {
            Subject = text,
            Details = [.. found.Select(
                match => $"  {match.Target.Digest} {string.Join(", ", names[match.Target.Digest].OfType<string>().Order(StringComparer.Ordinal).DefaultIfEmpty("<none>"))}")],
            Advice = "Give the name of one, or its digest in full.",
        };
    }

    private static Match? MatchTarget(ImageSummaries summaries, Descriptor target, SoughtId id)
    {
        if (id.Fits(target.Digest))
        {
            return new Match(target, ById: true, Platform: null);
        }

        foreach (var (manifest, config, platform) in Documents(summaries, target))
        {
            if (id.Fits(manifest) || id.Fits(config))
            {
                return new Match(target, ById: true, platform);
            }
        }

        return null;
    }

    private static IEnumerable<Digest> ImageIds(ImageSummaries summaries, Descriptor target)
        => Documents(summaries, target).SelectMany(document => (Digest[])[document.Manifest, document.Config]).Prepend(target.Digest);

    // What cannot be read has no id but its own digest.
    private static List<(Digest Manifest, Digest Config, Platform? Platform)> Documents(ImageSummaries summaries, Descriptor target)
    {
        try
        {
            var subject = target.Digest.ToString();
            var candidates = summaries.PresentCandidates(target, subject);
            return candidates.All(candidate => summaries.IsWhole(candidate, subject))
                ? [.. candidates.Select(candidate => (candidate.Manifest.Digest, candidate.Facts.Config.Digest, candidate.Platform))]
                : [];
        }
        catch (ZLayerException)
        {
            return [];
        }
    }

    // A manifest that no name points to: a platform's, pulled by its index, or one that is about to be collected.
    private Match? FindUnlisted(Digest digest)
    {
        var anyName = ImageReference.Parse("any").WithDigest(digest);
        return references.Find(anyName) is { } target ? new Match(target, ById: true, Platform: null) : null;
    }
}
