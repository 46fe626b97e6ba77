using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Run;

/// <summary>The directories of <c>--mount=type=cache</c>, shared by every build of a data root.</summary>
public interface ICacheMounts
{
    /// <summary>
    /// Takes the cache <paramref name="id"/>, made empty when it does not exist. <see cref="CacheSharing.Shared"/> users hold it together;
    /// <see cref="CacheSharing.Locked"/> waits until it is alone, in any process; <see cref="CacheSharing.Private"/> takes another directory of
    /// the same id, kept for later, when it is in use.
    /// </summary>
    /// <param name="id">Any text.</param>
    /// <param name="sharing">How it is shared with users at the same time.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<ICacheMountLease> AcquireAsync(string id, CacheSharing sharing, CancellationToken cancellationToken = default);
}
