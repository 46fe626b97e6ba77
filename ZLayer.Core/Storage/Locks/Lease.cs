using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// As long as a lease lives, collection deletes nothing that was written since it was opened, nothing that it protects and nothing that
/// these manifests refer to, whatever clocks and file times say. It ends when it is disposed or when its process dies. Usable from several
/// threads.
/// </summary>
internal sealed class Lease : IDisposable
{
    private readonly ContentStore _content;
    private readonly LayerRecords _layers;
    private readonly StoreLocks _locks;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly Lock _gate = new();
    private readonly HashSet<Digest> _protected = [];
    private bool _disposed;

    internal Lease(StoreLayout layout, string path, FileStream file)
    {
        _content = new ContentStore(layout);
        _layers = new LayerRecords(layout);
        _locks = new StoreLocks(layout);
        _path = path;
        _file = file;
    }

    /// <summary>
    /// Looks something up and protects it, as one: nobody collects between the two, so what a name led to is here with all its parts and
    /// stays.
    /// </summary>
    /// <param name="find">The lookup, in the store alone; it must wait for nobody.</param>
    /// <returns>What was found; null when there is nothing. Where the store lost the content under a name, reading it says so.</returns>
    /// <exception cref="ZLayerException">As <see cref="Protect"/>, and what the lookup throws.</exception>
    internal Descriptor? Choose(Func<Descriptor?> find)
    {
        using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
        var found = find();
        if (found is not null)
        {
            Protect(found.Digest);
        }

        return found;
    }

    /// <summary>Protects a blob (with everything a manifest or index refers to) or a layer, named by its DiffID.</summary>
    /// <returns>False when neither a blob nor a layer of that digest is here any more: then it must be made or fetched again.</returns>
    /// <exception cref="ZLayerException">StorageFull or StorageWriteFailed.</exception>
    internal bool Protect(Digest digest)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                // While this shares the lock no collection runs; the next one reads what is written here.
                using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
                var present = _content.Touch(digest) | _layers.Touch(digest);
                if (present && !_protected.Contains(digest))
                {
                    // The line break in front ends what a full disk may have cut short.
                    _file.Write(Encoding.ASCII.GetBytes($"\n{digest}\n"));
                    _protected.Add(digest);
                }

                return present;
            }
            catch (Exception e) when (StorageErrors.IsFileError(e))
            {
                throw StorageErrors.Writing($"protect {digest} from collection", _path, e);
            }
        }
    }

    /// <summary>Ends the lease.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                AtomicFile.TryDelete(_path); // A file that stays is not locked any more, as that of a process that died.
                _file.Dispose();
            }
        }
    }
}
