namespace ZLayer.Core.Storage;

/// <summary>
/// What a cache mount is: <c>cache/mounts/&lt;hash&gt;/mount.json</c>. Its time of modification is when it was last used.
/// </summary>
internal sealed record CacheMountRecord
{
    /// <summary>The id, as the Dockerfile or the mount's target gives it.</summary>
    public required string Id { get; init; }

    /// <summary>When the mount was made.</summary>
    public DateTimeOffset Created { get; init; }
}
