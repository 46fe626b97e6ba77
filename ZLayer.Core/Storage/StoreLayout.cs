using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// The paths of a data root, which is an OCI image layout. Making this object touches nothing; <see cref="EnsureCreated"/> does, once, with
/// mode 0700.
/// </summary>
internal sealed class StoreLayout
{
    private readonly Lock _gate = new();
    private volatile bool _created;
    private volatile bool _recovered;

    /// <summary>Describes the data root at <paramref name="root"/>, which need not exist.</summary>
    /// <param name="root">An absolute path.</param>
    public StoreLayout(string root) => Root = root;

    /// <summary>The data root, an absolute path.</summary>
    public string Root { get; }

    /// <summary>Says when something was last used. Nothing that is deleted or kept because it is in use depends on it.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The clock's time, for the times of files.</summary>
    internal DateTime UtcNow => Clock.GetUtcNow().UtcDateTime;

    /// <summary>What was read of <c>cache/remembered/</c> before.</summary>
    internal FileMemoryCache Remembered { get; } = new();

    /// <summary>Whether <see cref="EnsureCreated"/> has made the directories.</summary>
    public bool IsCreated => _created;

    /// <summary>Blobs by algorithm and hex.</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>One small file a tag.</summary>
    public string References => Path.Combine(Root, "references");

    /// <summary>Extracted layers and their records, by DiffID.</summary>
    public string Layers => Path.Combine(Root, "layers");

    /// <summary>Content on its way in.</summary>
    public string Ingest => Path.Combine(Root, "ingest");

    /// <summary>Step records, cache mounts, stat caches.</summary>
    public string Cache => Path.Combine(Root, "cache");

    /// <summary>Step cache records, one file a step key.</summary>
    public string StepCache => Path.Combine(Cache, "steps");

    /// <summary>RUN cache mounts, one directory an id.</summary>
    public string CacheMounts => Path.Combine(Cache, "mounts");

    /// <summary>Containers: state, bundle, logs, writable directory.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary>Advisory locks, one file for each thing that is changed.</summary>
    public string Locks => Path.Combine(Root, "locks");

    /// <summary>One file a living lease.</summary>
    public string Leases => Path.Combine(Locks, "leases");

    /// <summary>
    /// Creates the data root and the <c>oci-layout</c> file where they are missing. Safe to call often and from several processes.
    /// </summary>
    /// <exception cref="ZLayerException">StorageWriteFailed, StorageFull or AccessDenied, naming the root.</exception>
    public void EnsureCreated()
    {
        if (_created)
        {
            return;
        }

        lock (_gate)
        {
            if (!_created)
            {
                StoreCreation.Create(this);
                _created = true;
            }
        }

        Recover();
    }

    /// <summary>Where a blob is or would be.</summary>
    internal string BlobPath(Digest digest) => Path.Combine(Blobs, digest.Algorithm, digest.Hex);

    /// <summary>Once for this object: verifies what an earlier boot of the machine left unflushed. Creates nothing.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed or AccessDenied, naming the root.</exception>
    internal void Recover()
    {
        if (_recovered)
        {
            return;
        }

        lock (_gate)
        {
            if (_recovered)
            {
                return;
            }

            try
            {
                UnflushedMarks.Recover(this);
                _recovered = true;
            }
            catch (Exception e) when (StorageErrors.IsFileError(e))
            {
                throw StorageErrors.Reading($"verify the data root {Root} after a restart of the machine", Root, e);
            }
        }
    }
}
