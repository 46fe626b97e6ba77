using System.Security.Cryptography;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

/// <summary>A data root of its own for one test, removed afterwards.</summary>
public sealed class TemporaryStore : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("zlayer-store-").FullName;

    public TemporaryStore(TimeProvider? clock = null)
    {
        Layout = new StoreLayout(Path.Combine(_parent, "root")) { Clock = clock ?? TimeProvider.System };
        Content = new ContentStore(Layout);
        References = new ReferenceStore(Layout);
        Layers = new LayerStore(Layout, Content);
        Steps = new StepCacheStore(Layout);
        Leases = new LeaseStore(Layout);
        Locks = new StoreLocks(Layout);
    }

    internal StoreLayout Layout { get; }

    internal ContentStore Content { get; }

    internal ReferenceStore References { get; }

    internal LayerStore Layers { get; }

    internal StepCacheStore Steps { get; }

    internal LeaseStore Leases { get; }

    internal StoreLocks Locks { get; }

    public string Parent => _parent;

    /// <summary>The same data root as another process would see it.</summary>
    internal StoreLayout AnotherView() => new(Layout.Root) { Clock = Layout.Clock };

    public static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static Digest Sha512(byte[] content) => Digest.FromSha512(SHA512.HashData(content));

    /// <summary>Files under ingest/ that a finished operation should not leave.</summary>
    public IReadOnlyList<string> Leftovers()
        => Directory.Exists(Layout.Ingest)
            ? [.. Directory.EnumerateFiles(Layout.Ingest, "*", SearchOption.AllDirectories).Where(f => !f.Contains("unflushed"))]
            : [];

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
