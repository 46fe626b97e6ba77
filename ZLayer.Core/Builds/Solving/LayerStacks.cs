namespace ZLayer.Core.Builds.Solving;

/// <summary>Stacks of layer directories for overlayfs.</summary>
internal static class LayerStacks
{
    /// <summary>
    /// The stack with every directory once, which overlayfs demands: of a layer that occurs several times, such as an empty one, the
    /// topmost decides what is seen.
    /// </summary>
    public static IReadOnlyList<string> Distinct(IReadOnlyList<string> directories)
        => [.. directories.Reverse().Distinct(StringComparer.Ordinal).Reverse()];
}
