using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images;

/// <summary>Makes an image of one layer from a tar of a root file system, as <c>docker import</c> does.</summary>
/// <param name="content">Where the layer and the documents go.</param>
/// <param name="layers">Told of the layer.</param>
internal sealed class RootFsImporter(ContentStore content, LayerStore layers)
{
    /// <summary>Reads the tar, compressed or not, in one pass, and writes layer, config and manifest.</summary>
    /// <param name="tar">The tar stream, from where it stands to its end.</param>
    /// <param name="configure">Completes the config, which has platform, layer and history.</param>
    /// <param name="options">Platform and comment.</param>
    /// <param name="cancellationToken">Ends the import; nothing is imported then.</param>
    /// <returns>The manifest. It has no name yet: the caller holds a lease until it has.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArchive when it is no tar stream or an entry is unacceptable; StorageFull, StorageWriteFailed.
    /// </exception>
    public Descriptor Import(
        Stream tar, Func<ImageConfig, ImageConfig> configure, RootFsImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ArgumentNullException.ThrowIfNull(options);
        var (layer, newest) = ImportLayer(tar, cancellationToken);
        var platform = (options.Platform ?? Platform.Host).Normalize();
        var config = OciJson.Serialize(configure(new ImageConfig
        {
            Created = newest,
            Os = platform.Os,
            Architecture = platform.Architecture,
            Variant = platform.Variant,
            OsVersion = platform.OsVersion,
            RootFs = new RootFs { DiffIds = [layer.Digest] },
            Config = new ContainerDefaults(),
            History = [new HistoryEntry { Created = newest, CreatedBy = "import", Comment = options.Comment }],
        }));
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = content.Write(config), Size = config.Length },
            Layers = [layer],
        });
        return new Descriptor { MediaType = MediaTypes.OciManifest, Digest = content.Write(manifest), Size = manifest.Length };
    }

    private (Descriptor Layer, DateTimeOffset Newest) ImportLayer(Stream tar, CancellationToken cancellationToken)
    {
        var newest = DateTimeOffset.UnixEpoch;
        using var writer = content.Create(ContentDurability.Deferred);
        using var plain = Decompression.Open(tar, leaveOpen: true);
        using var reader = new LayerTarReader(new CopyingStream(plain, writer));
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            newest = entry.ModificationTime > newest ? entry.ModificationTime : newest;
        }

        reader.Drain(cancellationToken);
        var size = writer.Position;
        var layer = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = writer.Commit(), Size = size };
        layers.AddBlob(layer.Digest, layer, verified: true);
        return (layer, newest);
    }

    /// <summary>Everything that is read is written elsewhere, too.</summary>
    private sealed class CopyingStream(Stream source, Stream copy) : ForwardStream
    {
        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            var count = source.Read(buffer);
            copy.Write(buffer[..count]);
            return count;
        }
    }
}
