using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>A blob to upload.</summary>
public sealed record BlobSource
{
    /// <summary>Its type, digest and size.</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>
    /// Opens the content at its beginning; called again for each attempt. A seekable stream lets a broken upload go on where it stopped.
    /// </summary>
    public required Func<CancellationToken, ValueTask<Stream>> OpenAsync { get; init; }

    /// <summary>Opens the content at a byte, for sources that cannot seek; null reads up to it from the beginning.</summary>
    public Func<long, CancellationToken, ValueTask<Stream>>? OpenAtAsync { get; init; }

    /// <summary>
    /// Asks for the mount before it asks whether the blob is there: fewer requests where <see cref="MountFrom"/> is sure to hold it.
    /// </summary>
    public bool IsMountSure { get; init; }

    /// <summary>
    /// Repositories of the same registry that are believed to hold the blob, best first; the registry is asked to take it from there.
    /// </summary>
    public IReadOnlyList<string> MountFrom { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Awaited, at least once, before the registry is given the blob or asked to mount it, but after the question whether it is there: the
    /// sender bounds with it how many blobs are sent at once, and in which order, while all questions travel together.
    /// </summary>
    public Func<CancellationToken, ValueTask>? WaitForTurnAsync { get; init; }

    /// <summary>A blob that is in memory.</summary>
    public static BlobSource FromBytes(Descriptor descriptor, ReadOnlyMemory<byte> content)
        => new()
        {
            Descriptor = descriptor,
            OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream(content.ToArray(), writable: false)),
        };
}
