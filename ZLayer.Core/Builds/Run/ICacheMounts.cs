using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Run;

/// <summary>The directories of <c>--mount=type=cache</c>, shared by every build of a data root.</summary>
internal interface ICacheMounts
{
    /// <summary>
    /// Takes the cache <paramref name="id"/>, made and filled when it does not exist: nobody sees it before it is whole.
    /// <see cref="CacheSharing.Shared"/> users hold it together; <see cref="CacheSharing.Locked"/> waits until it is alone, in any process,
    /// and is not overtaken by shared users meanwhile; <see cref="CacheSharing.Private"/> takes another directory of the same id, kept for
    /// later, when it is in use. A step takes each id once, and its ids in ordinal order: otherwise steps may wait for each other for ever.
    /// </summary>
    /// <param name="id">Any text.</param>
    /// <param name="sharing">How it is shared with users at the same time.</param>
    /// <param name="fill">Gives the empty directory of a new cache its content, mode and owner.</param>
    /// <param name="cancellationToken">Ends the waiting and the filling.</param>
    Task<ICacheMountLease> AcquireAsync(
        string id, CacheSharing sharing, Func<string, CancellationToken, Task> fill, CancellationToken cancellationToken = default);
}

/// <summary>The use of a cache directory. Disposing it lets others in; so does the end of the process, however it comes.</summary>
internal interface ICacheMountLease : IDisposable
{
    /// <summary>The directory on the host.</summary>
    string Directory { get; }
}
