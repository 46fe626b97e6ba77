using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>An image that is to be written.</summary>
/// <param name="Target">The manifest or index in the store.</param>
/// <param name="Names">The names it gets in the archive; none is allowed.</param>
internal sealed record ArchiveImage(Descriptor Target, IReadOnlyList<ImageReference> Names)
{
    /// <summary>The names it gets in the archive; none is allowed.</summary>
    public IReadOnlyList<ImageReference> Names { get; init => field = value.ToArray(); } = Names.ToArray();
}
