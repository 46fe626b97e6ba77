using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Where registries have an image, by digest: <c>repository@digest</c>, noted by pulls and pushes in the file of a name. They go with the
/// name, and a name that gets another image begins without any. In the file they are an annotation of the descriptor, which nobody else
/// sees.
/// </summary>
internal static class RegistryDigests
{
    private const string Annotation = "dev.zlayer.registry-digests";
    private const char Separator = ' ';

    /// <summary>The descriptor as the file of a name has it.</summary>
    public static Descriptor Join(Descriptor target, IReadOnlyList<string> digests)
        => digests.Count == 0
            ? target
            : target with { Annotations = new SortedDictionary<string, string>(
                (target.Annotations ?? new Dictionary<string, string>()).ToDictionary(), StringComparer.Ordinal)
            {
                [Annotation] = Write(digests),
            } };

    /// <summary>What the file of a name has, taken apart.</summary>
    public static (Descriptor Target, IReadOnlyList<string> Digests) Split(Descriptor stored)
    {
        if (stored.Annotations?.GetValueOrDefault(Annotation) is not { } digests)
        {
            return (stored, []);
        }

        var others = stored.Annotations.Where(annotation => annotation.Key != Annotation).ToDictionary(StringComparer.Ordinal);
        return (stored with { Annotations = others.Count == 0 ? null : others }, Read(digests));
    }

    /// <summary>Several as one text. No part of a reference has a space in it.</summary>
    public static string Write(IEnumerable<string> digests) => string.Join(Separator, digests);

    /// <summary>Several out of one text.</summary>
    public static IReadOnlyList<string> Read(string text) => text.Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Both, each once.</summary>
    public static IReadOnlyList<string> Union(IEnumerable<string> known, IEnumerable<string> further)
        => [.. known.Union(further, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>How one is written: in full, without a tag.</summary>
    public static string TextOf(ImageReference reference, Digest digest) => reference.WithDigest(digest).ToString();
}
