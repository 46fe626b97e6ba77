using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>Finds what a name, a digest or the beginning of an id means.</summary>
internal sealed class ImageLookup(ReferenceStore references, Func<DocumentMemory> openDocuments)
{
    /// <summary>The fewest hexadecimal digits that are taken for an id.</summary>
    public const int ShortestId = 4;

    private const int MostSuggestions = 3;

    /// <summary>An image found.</summary>
    /// <param name="Target">The index or manifest.</param>
    /// <param name="ById">True when a digest or id was given, not a name.</param>
    /// <param name="Platform">The platform that the id belongs to, where it is one of several.</param>
    public sealed record Match(Descriptor Target, bool ById, Platform? Platform);

    /// <summary>The image of a name or id; null when there is none. A name comes before an id of the same text.</summary>
    /// <exception cref="ZLayerException">InvalidImageReference; InvalidArgument when the beginning of an id fits several images.</exception>
    public Match? Find(string nameOrId)
    {
        if (Digest.TryParse(nameOrId, out var digest))
        {
            return FindById(nameOrId, id => id == digest) ?? FindUnlisted(digest);
        }

        var isHex = nameOrId.Length is >= ShortestId and <= 128 && nameOrId.All(char.IsAsciiHexDigitLower);
        if (isHex && nameOrId.Length == 64)
        {
            return Find("sha256:" + nameOrId); // References exclude such names for this reason.
        }

        if (references.Find(ImageReference.Parse(nameOrId)) is { } target)
        {
            return new Match(target, ById: false, Platform: null);
        }

        return isHex ? FindById(nameOrId, id => id.Hex.StartsWith(nameOrId, StringComparison.Ordinal)) : null;
    }

    /// <summary>The error for a name that is not there, with similar ones.</summary>
    public ZLayerException NotFound(string nameOrId)
    {
        var wanted = ImageReference.TryParse(nameOrId, out var reference) ? reference.ToFamiliarString() : nameOrId;
        var near = references.Enumerate((_, _) => { }).Select(entry => entry.Reference?.ToFamiliarString()).OfType<string>()
            .Select(name => (Name: name, Distance: Distance(wanted, name)))
            .Where(item => item.Distance <= Math.Max(2, wanted.Length / 3))
            .OrderBy(item => item.Distance).ThenBy(item => item.Name, StringComparer.Ordinal)
            .Take(MostSuggestions).Select(item => item.Name).ToList();
        return new ZLayerException(ZLayerErrorKind.ImageNotFound, $"No image '{nameOrId}' is in the store.")
        {
            Subject = nameOrId,
            Advice = near.Count > 0 ? $"Did you mean {string.Join(", ", near)}? Otherwise pull, load or build it."
                : "Pull, load or build it; 'zlayer images' or Get-ZLayerImage lists what is there.",
        };
    }

    private Match? FindById(string text, Func<Digest, bool> matches)
    {
        Match? found = null;
        using var documents = openDocuments();
        var summaries = new ImageSummaries(documents);
        foreach (var target in references.Scan((_, _) => { }).Select(entry => entry.Target).DistinctBy(target => target.Digest))
        {
            if (MatchTarget(summaries, target, matches) is not { } match)
            {
                continue;
            }

            if (found is not null && ImageIds(summaries, found.Target).Intersect(ImageIds(summaries, target)).FirstOrDefault(matches).IsEmpty)
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The id '{text}' is ambiguous: it fits several images.")
                {
                    Subject = text,
                    Advice = "Give more digits of the id, or the image's name.",
                };
            }

            found ??= match;
        }

        documents.Save(complete: false);
        return found;
    }

    private static Match? MatchTarget(ImageSummaries summaries, Descriptor target, Func<Digest, bool> matches)
    {
        if (matches(target.Digest))
        {
            return new Match(target, ById: true, Platform: null);
        }

        foreach (var (manifest, config, platform) in Documents(summaries, target))
        {
            if (matches(manifest) || matches(config))
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

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
