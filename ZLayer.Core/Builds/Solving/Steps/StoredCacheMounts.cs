using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The cache mounts of RUN in the store, where they are locked and pruned.</summary>
internal sealed class StoredCacheMounts(CacheMountStore store) : ICacheMounts
{
    /// <inheritdoc/>
    public async Task<ICacheMountLease> AcquireAsync(
        string id, CacheSharing sharing, Func<string, CancellationToken, Task> fill, CancellationToken cancellationToken = default)
    {
        var mode = sharing switch
        {
            CacheSharing.Private => CacheMountSharing.Private,
            CacheSharing.Locked => CacheMountSharing.Locked,
            _ => CacheMountSharing.Shared,
        };
        return new Held(await store.OpenAsync(id, mode, fill, cancellationToken).ConfigureAwait(false));
    }

    private sealed class Held(CacheMount mount) : ICacheMountLease
    {
        public string Directory => mount.Directory;

        public void Dispose() => mount.Dispose();
    }
}
