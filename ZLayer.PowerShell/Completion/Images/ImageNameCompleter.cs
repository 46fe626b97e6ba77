using System.Collections;
using ZLayer.Core.Images;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// Names of images in the store, or in the runtime that -Runtime names; <c>:latest</c> once a colon is typed, ids once the beginning of one
/// is.
/// </summary>
public sealed class ImageNameCompleter : Completer
{
    private const int ShortestId = 4;

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound) => PrepareNames(word, bound);

    /// <summary>Takes what is needed of the session, and returns the search for the names that -Runtime, or the store, has.</summary>
    internal static Func<IEnumerable<Candidate>> PrepareNames(string word, IDictionary bound)
    {
        var root = Bound(bound, "Root") is { } written ? FullPath(written) : null;
        if (Bound(bound, "Runtime") is { } runtime)
        {
            var held = ZLayerSession.Current.GetRuntime(runtime, root);
            return () => RuntimeImageCompleter.Of(held, word);
        }

        var engine = ZLayerSession.Current.GetEngine(root);
        return () => Candidates(Recently.Images.Of(engine), word);
    }

    private static IEnumerable<Candidate> Candidates(IReadOnlyList<ImageInfo> images, string word)
    {
        var asksForId = word.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase)
            || (word.Length >= ShortestId && word.All(char.IsAsciiHexDigit));
        foreach (var image in images)
        {
            if (image.Reference is { } reference)
            {
                var name = reference.ToFamiliarString();
                var isLatest = reference.Tag == "latest" && !word.Contains(':', StringComparison.Ordinal);
                yield return new Candidate(isLatest ? reference.FamiliarName : name, Describe(image));
            }

            if (asksForId)
            {
                yield return new Candidate(
                    word.Contains(':', StringComparison.Ordinal) ? image.Id.ToString() : image.Id.Hex, Describe(image));
            }
        }
    }

    private static string Describe(ImageInfo image)
        => $"{image} {image.Id.ShortHex}, {image.Platform}, {Quantity.Size(image.Size)}, {Quantity.Age(image.Created)}";
}
