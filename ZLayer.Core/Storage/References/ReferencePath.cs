using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Names references in the file system: <c>&lt;registry&gt;/&lt;repository&gt;/_tags/&lt;tag&gt;</c> and
/// <c>…/_digests/&lt;algorithm&gt;/&lt;hex&gt;</c>. No part of a repository starts with '_', so these cannot clash. A colon, which Windows
/// forbids in names, is written <c>%3A</c>.
/// </summary>
internal static class ReferencePath
{
    public const string Tags = "_tags";
    public const string Digests = "_digests";

    /// <summary>The directory of images without a name, beside the registries.</summary>
    public const string Unnamed = "_unnamed";

    public static string OfRepository(string root, ImageReference reference)
        => Path.Combine([root, reference.Registry.Replace(":", "%3A", StringComparison.Ordinal), .. reference.Repository.Split('/')]);

    public static string Of(string root, ImageReference reference)
        => reference.Digest is { } digest
            ? Path.Combine(OfRepository(root, reference), Digests, digest.Algorithm, digest.Hex)
            : Path.Combine(OfRepository(root, reference), Tags, reference.Tag ?? ImageReference.DefaultTag);

    public static string OfUnnamed(string root, Digest digest) => Path.Combine(root, Unnamed, digest.Algorithm, digest.Hex);

    /// <summary>The reference that a file under the root stands for; null when it is none.</summary>
    public static ImageReference? Parse(string root, string path)
    {
        var parts = Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar);
        if (parts.Length < 4 || parts[0] == Unnamed)
        {
            return null;
        }

        var registry = parts[0].Replace("%3A", ":", StringComparison.Ordinal);
        var text = parts[^2] == Tags
            ? $"{registry}/{string.Join('/', parts[1..^2])}:{parts[^1]}"
            : parts[^3] == Digests ? $"{registry}/{string.Join('/', parts[1..^3])}@{parts[^2]}:{parts[^1]}" : null;
        return ImageReference.TryParse(text, out var reference) ? reference : null;
    }
}
