using System.IO.Enumeration;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>Matches images with what people type into lists.</summary>
internal static class NamePattern
{
    /// <summary>Whether one of the patterns matches, or there is none.</summary>
    public static bool AnyMatches(IReadOnlyList<string> patterns, ImageInfo image)
        => patterns.Count == 0 || patterns.Any(pattern => Matches(pattern, image));

    /// <summary>Whether a text has wildcards.</summary>
    public static bool HasWildcards(string text) => text.AsSpan().ContainsAny('*', '?');

    private static bool Matches(string pattern, ImageInfo image)
        => (image.Reference is { } reference
                && (Matches(pattern, reference.ToFamiliarString()) || Matches(pattern, reference.FamiliarName)
                    || Matches(pattern, reference.ToString()) || Matches(pattern, reference.Name)))
            || (pattern.Contains('@', StringComparison.Ordinal)
                && image.RepoDigests.Any(known => Matches(pattern, known) || Matches(pattern, ImageReference.Parse(known).ToString())))
            || MatchesId(pattern, image);

    private static bool MatchesId(string pattern, ImageInfo image)
    {
        var hex = pattern.StartsWith("sha256:", StringComparison.Ordinal) ? pattern["sha256:".Length..] : pattern;
        return hex.Length >= ImageLookup.ShortestId && hex.All(char.IsAsciiHexDigitLower)
            && (image.Id.Hex.StartsWith(hex, StringComparison.Ordinal) || image.Digest.Hex.StartsWith(hex, StringComparison.Ordinal));
    }

    private static bool Matches(string pattern, string name)
        => HasWildcards(pattern) ? FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) : pattern == name;
}
