using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// Looks up what a name of FROM or --from means to the caller of a build: a named context stands in for a stage or an image.
/// </summary>
internal static class NamedContexts
{
    /// <summary>The empty image, which is nothing that could be replaced or pulled.</summary>
    public const string Scratch = "scratch";

    /// <summary>
    /// The value of the context that a name means; null for none. Names of stages have any case; as names of images <c>a</c>,
    /// <c>a:latest</c> and <c>docker.io/library/a</c> are one.
    /// </summary>
    public static string? Find(BuildOptions options, string? name)
    {
        if (name is null || options.NamedContexts.Count == 0 || name == Scratch)
        {
            return null;
        }

        return options.NamedContexts.FirstOrDefault(c => string.Equals(c.Key, name, StringComparison.OrdinalIgnoreCase)).Value
            ?? (ImageReference.TryParse(name, out var reference)
                ? options.NamedContexts.FirstOrDefault(c => ImageReference.TryParse(c.Key, out var key) && key == reference).Value
                : null);
    }
}
