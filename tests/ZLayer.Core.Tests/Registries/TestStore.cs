using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Registries;

/// <summary>A data root of its own, with a puller and a pusher over it.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("zlayer-store-").FullName;
    private readonly RegistryOptions _options;

    public TestStore(RegistryOptions? options = null, ICredentialSource? credentials = null)
    {
        _options = options ?? RegistryClientTests.Quick;
        Layout = new StoreLayout(Path.Combine(_root, "data"));
        Content = new ContentStore(Layout);
        References = new ReferenceStore(Layout);
        Layers = new LayerStore(Layout, Content);
        Origins = new BlobOrigins(Layout);
        Client = new RegistryClient(_options, credentials ?? new SessionCredentials());
        Puller = PullerFrom(Client);
        Pusher = PusherTo(Client);
    }

    public StoreLayout Layout { get; }

    public ContentStore Content { get; }

    public ReferenceStore References { get; }

    public LayerStore Layers { get; }

    public BlobOrigins Origins { get; }

    public RegistryClient Client { get; }

    public ImagePuller Puller { get; }

    public ImagePusher Pusher { get; }

    public ImagePuller PullerFrom(RegistryClient client) => new(client, _options, Parts, Origins);

    public ImagePusher PusherTo(IPushTarget target) => new(target, _options, Parts, Origins);

    public StoreParts Parts => new(Content, References, Layers, new LeaseStore(Layout));

    /// <summary>Puts an image into the store, under a name or not.</summary>
    public Descriptor Add(TestImage image, ImageReference? reference = null)
    {
        foreach (var layer in image.Layers.Where(l => !l.Descriptor.IsForeign))
        {
            Content.Write(layer.Content);
        }

        Content.Write(image.ConfigBytes);
        Content.Write(image.ManifestBytes);
        if (reference is not null)
        {
            References.Set(reference, image.Manifest);
        }

        return image.Manifest;
    }

    /// <summary>Puts an index over manifests into the store.</summary>
    public Descriptor AddIndex(params Descriptor[] manifests)
    {
        var bytes = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = manifests });
        return new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Content.Write(bytes), Size = bytes.Length };
    }

    /// <summary>Files of transfers that are not finished.</summary>
    public IReadOnlyList<FileInfo> PartialFiles() => [.. new DirectoryInfo(Layout.Ingest).EnumerateFiles("*.partial")];

    public void Dispose()
    {
        Client.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}

/// <summary>Collects progress.</summary>
internal sealed class Reports : IProgress<TransferProgress>
{
    private readonly List<TransferProgress> _items = [];

    public IReadOnlyList<TransferProgress> Items
    {
        get
        {
            lock (_items)
            {
                return [.. _items];
            }
        }
    }

    public Action<TransferProgress>? OnReport { get; init; }

    public void Report(TransferProgress value)
    {
        lock (_items)
        {
            _items.Add(value);
        }

        OnReport?.Invoke(value);
    }
}
