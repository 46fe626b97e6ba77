using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// Whose namespace a container has. Some engines take a word that they do not know for a namespace of its own, and say nothing.
/// </summary>
internal static class NamespaceMode
{
    /// <summary>The mode as it was given.</summary>
    /// <param name="what">The kind of namespace.</param>
    /// <param name="mode">The mode; null leaves it to the engine.</param>
    /// <param name="more">
    /// Words besides host, private, container:NAME and ns:PATH; each may be followed by a colon and options, as Podman has them.
    /// </param>
    /// <exception cref="ZLayerException">InvalidArgument.</exception>
    public static string? Check(string what, string? mode, params ReadOnlySpan<string> more)
    {
        if (string.IsNullOrEmpty(mode) || mode is "host" or "private")
        {
            return mode;
        }

        var colon = mode.IndexOf(':', StringComparison.Ordinal);
        var word = colon < 0 ? mode : mode[..colon];
        var isKnown = word is "container" or "ns" ? colon > 0 && colon < mode.Length - 1 : more.Contains(word);
        return isKnown ? mode
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The {what} namespace '{mode}' is not valid.")
            {
                Subject = mode,
                Advice = "Write host, private or container:NAME.",
            };
    }
}
