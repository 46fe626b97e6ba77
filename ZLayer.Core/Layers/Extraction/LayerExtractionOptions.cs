namespace ZLayer.Core.Layers;

/// <summary>How <see cref="LayerExtractor"/> makes files of a layer. The defaults are for root.</summary>
internal sealed record LayerExtractionOptions
{
    /// <summary>Whether files get the owners of the layer. False leaves them to the user who extracts.</summary>
    public bool RestoreOwners { get; init; } = true;

    /// <summary>Whether character and block devices are made; false skips and counts them. Whiteouts are made in any case.</summary>
    public bool CreateDevices { get; init; } = true;

    /// <summary>
    /// Whether opaque directories are marked with <c>user.overlay.opaque</c>, for mounts with the option <c>userxattr</c> in a
    /// user namespace, instead of <c>trusted.overlay.opaque</c>, which only root can set.
    /// </summary>
    public bool UseUserAttributes { get; init; }

    /// <summary>
    /// Finds a path of the layers below: given the relative path, returns where that file stands on this machine, or null.
    /// With it a hard link to a file below copies that file up, parents that the layer does not mention keep the mode and
    /// owner that they have below, and links among them are followed, as when Docker unpacks onto the assembled files. Null treats the
    /// layer as standing alone.
    /// </summary>
    public Func<string, string?>? LowerLookup { get; init; }

    /// <summary>
    /// The options for a user who is not root and extracts outside of a user namespace: own files, no devices, user attributes.
    /// </summary>
    public static LayerExtractionOptions Unprivileged { get; }
        = new() { RestoreOwners = false, CreateDevices = false, UseUserAttributes = true };
}
