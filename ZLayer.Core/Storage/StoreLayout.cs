namespace ZLayer.Core.Storage;

/// <summary>
/// The paths of a data root, which is an OCI image layout. Making this object touches nothing; <see cref="EnsureCreated"/> does, once, with mode 0700.
/// </summary>
public sealed class StoreLayout
{
    private readonly Lock _gate = new();
    private volatile bool _created;

    /// <summary>Describes the data root at <paramref name="root"/>, which need not exist.</summary>
    /// <param name="root">An absolute path.</param>
    public StoreLayout(string root) => Root = root;

    /// <summary>The data root, an absolute path.</summary>
    public string Root { get; }

    /// <summary>Blobs by algorithm and hex.</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>One small file a tag.</summary>
    public string References => Path.Combine(Root, "references");

    /// <summary>Extracted layers and their records, by DiffID.</summary>
    public string Layers => Path.Combine(Root, "layers");

    /// <summary>Content on its way in.</summary>
    public string Ingest => Path.Combine(Root, "ingest");

    /// <summary>Step records, cache mounts, compressed pieces, stat caches.</summary>
    public string Cache => Path.Combine(Root, "cache");

    /// <summary>Step cache records, one file a step key.</summary>
    public string StepCache => Path.Combine(Cache, "steps");

    /// <summary>RUN cache mounts, one directory an id.</summary>
    public string CacheMounts => Path.Combine(Cache, "mounts");

    /// <summary>Compressed pieces of layers.</summary>
    public string Pieces => Path.Combine(Cache, "pieces");

    /// <summary>Containers: state, bundle, logs, writable directory.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary>Advisory locks, one file for each thing that is changed.</summary>
    public string Locks => Path.Combine(Root, "locks");

    /// <summary>Creates the data root and the <c>oci-layout</c> file where they are missing. Safe to call often and from several processes.</summary>
    /// <exception cref="Errors.ZLayerException">StorageWriteFailed or AccessDenied, naming the root.</exception>
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
    }
}
