using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>Brings the blobs of one archive into the store, each verified, and remembers which are new.</summary>
/// <param name="content">Where blobs go.</param>
/// <param name="layers">Learns which blob is which layer.</param>
/// <param name="files">The archive.</param>
/// <param name="added">What is new, noted for whoever undoes a load that fails.</param>
/// <param name="progress">Hears how far it is.</param>
/// <param name="cancellationToken">Ends the work.</param>
internal sealed class ArchiveIngest(
    ContentStore content, LayerStore layers, IArchiveFiles files, HashSet<Digest> added, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
{
    private long _done;

    /// <summary>The archive's files.</summary>
    public IArchiveFiles Files => files;

    /// <summary>Reads a document, verified against its descriptor where there is one.</summary>
    public byte[] ReadDocument(string path, Descriptor? descriptor = null)
    {
        var size = files.GetSize(path) ?? throw Invalid($"it has no '{path}'");
        if (size > OciJson.MaximumDocumentSize)
        {
            throw Invalid($"'{path}' has {size} bytes; at most {OciJson.MaximumDocumentSize} are read");
        }

        var bytes = new byte[size];
        using (var stream = files.Open(path))
        {
            stream.ReadExactly(bytes);
        }

        if (descriptor is not null)
        {
            using var hash = ContentHash.Create(descriptor.Digest);
            hash.Append(bytes);
            RequireSame(descriptor, path, hash.Finish(), size);
        }

        return bytes;
    }

    /// <summary>Stores a document whose bytes are verified.</summary>
    public Digest Write(byte[] document, Digest? digest = null)
    {
        var known = digest ?? Digest.Of(document);
        if (!content.Contains(known))
        {
            added.Add(known);
        }

        using var writer = content.Create();
        writer.Write(document);
        return writer.Commit(known);
    }

    /// <summary>Stores a blob that an image layout holds.</summary>
    public void Copy(Descriptor blob, string path)
    {
        progress?.Report(new ArchiveProgress(blob.Digest.ToString(), _done, null));
        var size = files.GetSize(path) ?? throw Invalid($"the blob {blob.Digest} is not in it");
        if (size != blob.Size)
        {
            throw Mismatch(path, $"it has {size} bytes, {blob.Size} were promised");
        }

        using var writer = content.Resume(blob.Digest, blob.Size, ContentDurability.Deferred, cancellationToken);
        if (writer is not null)
        {
            added.Add(blob.Digest);
            using var source = files.Open(path);
            source.Position = writer.Position;
            CopyInto(source, writer);
            Commit(writer, blob.Digest, path);
        }
    }

    /// <summary>Stores a layer of a docker archive, verified against its DiffID.</summary>
    /// <returns>The blob: the plain tar, or as it is compressed in the archive.</returns>
    public Descriptor CopyLayer(string path, Digest diffId)
    {
        progress?.Report(new ArchiveProgress(path, _done, null));
        var size = files.GetSize(path) ?? throw Invalid($"the layer '{path}' is not in it");
        var format = DetectFormat(path);
        if (format == CompressionFormat.None)
        {
            var plain = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = diffId, Size = size };
            Copy(plain, path);
            return plain;
        }

        return CopyCompressed(path, diffId, size, format);
    }

    /// <summary>An error about the archive.</summary>
    public ZLayerException Invalid(string why)
        => new(ZLayerErrorKind.InvalidArchive, $"Cannot read {files.Subject}: {why}.")
        {
            Subject = files.Subject,
            Advice = "The archive is damaged or incomplete; make it again.",
        };

    /// <summary>An error about content that is not what it should be.</summary>
    public ZLayerException Mismatch(string path, string why)
        => new(ZLayerErrorKind.DigestMismatch, $"Cannot read {files.Subject}: '{path}' is not what the archive says: {why}.")
        {
            Subject = files.Subject,
            Advice = "The archive is damaged; make it again.",
        };

    private Descriptor CopyCompressed(string path, Digest diffId, long size, CompressionFormat format)
    {
        var mediaType = format switch
        {
            CompressionFormat.Gzip => MediaTypes.OciLayerGzip,
            CompressionFormat.Zstd => MediaTypes.OciLayerZstd,
            _ => null,
        };
        RequireDiffId(path, diffId);
        if (mediaType is null)
        {
            return CopyUnpacked(path, diffId);
        }

        using var writer = content.Create(ContentDurability.Deferred);
        using (var source = files.Open(path))
        {
            CopyInto(source, writer);
        }

        var blob = new Descriptor { MediaType = mediaType, Digest = writer.Commit(), Size = size };
        added.Add(blob.Digest);
        layers.AddBlob(diffId, blob, verified: true);
        return blob;
    }

    // Images know no other compression, so such a layer is kept plain.
    private Descriptor CopyUnpacked(string path, Digest diffId)
    {
        using var source = Decompression.Open(files.Open(path));
        using var writer = content.Create(ContentDurability.Deferred);
        CopyInto(source, writer);
        added.Add(diffId);
        return new Descriptor { MediaType = MediaTypes.OciLayer, Digest = writer.Commit(diffId), Size = writer.Position };
    }

    private void RequireDiffId(string path, Digest diffId)
    {
        using var plain = new DigestStream(Decompression.Open(files.Open(path)), diffId.HashAlgorithm);
        plain.Drain(cancellationToken);
        if (plain.CurrentDigest != diffId)
        {
            throw Mismatch(path, $"it unpacks to {plain.CurrentDigest}, the config names {diffId}");
        }
    }

    private CompressionFormat DetectFormat(string path)
    {
        Span<byte> head = stackalloc byte[16];
        using var stream = files.Open(path);
        return Decompression.Detect(head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
    }

    private void CopyInto(Stream source, ContentWriter writer)
        => StreamCopy.Copy(source, writer, cancellationToken, count => _done += count);

    private void Commit(ContentWriter writer, Digest digest, string path)
    {
        try
        {
            writer.Commit();
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.DigestMismatch)
        {
            throw Mismatch(path, $"its digest is not {digest}");
        }
    }

    private void RequireSame(Descriptor descriptor, string path, Digest actual, long size)
    {
        if (actual != descriptor.Digest || size != descriptor.Size)
        {
            throw Mismatch(
                path, $"it has {size} bytes and the digest {actual}; promised were {descriptor.Size} bytes and {descriptor.Digest}");
        }
    }
}
