using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>An image that was read from an archive into the store.</summary>
/// <param name="Reference">The name that the archive gives it; null when it gives none, or one that is no whole reference.</param>
/// <param name="Target">The manifest or index in the store.</param>
/// <param name="Name">The name as the archive has it: a reference, or only a tag; null when it gives none.</param>
internal sealed record ArchivedImage(ImageReference? Reference, Descriptor Target, string? Name)
{
    /// <summary>True when the archive gives a whole name that no image can have, so that it has none.</summary>
    public bool IsNameInvalid { get; private init; }

    /// <summary>An image with the whole name that an archive gives it.</summary>
    internal static ArchivedImage Named(string name, Descriptor target)
        => ImageReference.TryParse(name, out var reference)
            ? new ArchivedImage(reference, target, name)
            : new ArchivedImage(null, target, name) { IsNameInvalid = true };
}
