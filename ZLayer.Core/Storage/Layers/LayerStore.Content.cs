using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Storage;

// The part of the layer store that reads and makes content.
internal sealed partial class LayerStore
{
    /// <summary>The blob of a layer in a compression: the one that is here, or one made of another and remembered.</summary>
    /// <param name="diffId">The digest of the plain tar.</param>
    /// <param name="compression">The compression wanted.</param>
    /// <param name="level">The level; null for the default, and then any blob of that compression serves.</param>
    /// <param name="cancellationToken">Ends the work; nothing half-made is left.</param>
    /// <returns>The blob, with the media type of OCI.</returns>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed when no blob of the layer is here; DigestMismatch when those that are unpack to something else; StorageFull.
    /// </exception>
    public Descriptor EnsureBlob(
        Digest diffId, LayerCompression compression, int? level = null, CancellationToken cancellationToken = default)
    {
        if (FindBlob(diffId, compression, level) is { Verified: true } ready)
        {
            return ready.Blob;
        }

        _layout.EnsureCreated();
        using var alone = _locks.Acquire($"blob-{diffId.Hex}", shared: false, cancellationToken);
        while (FindBlob(diffId, compression, level) is { } known)
        {
            if (Verify(diffId, known, cancellationToken))
            {
                return known.Blob;
            }
        }

        return Make(diffId, compression, level, cancellationToken);
    }

    /// <summary>The plain tar of a layer: from its plain blob, then seekable, or decompressed from another.</summary>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed when no blob of the layer is here; DigestMismatch as <see cref="EnsureBlob"/>.
    /// </exception>
    public Stream OpenTar(Digest diffId)
    {
        var refused = false;
        while (FindKnown(diffId).FirstOrDefault() is { } known)
        {
            if (Verify(diffId, known, CancellationToken.None))
            {
                return Open(known);
            }

            refused = true;
        }

        throw refused ? Lies(diffId) : NoBlob(diffId);
    }

    private static LayerCompression? CompressionOf(string mediaType)
        => mediaType switch
        {
            MediaTypes.OciLayer => LayerCompression.None,
            MediaTypes.OciLayerGzip => LayerCompression.Gzip,
            MediaTypes.OciLayerZstd => LayerCompression.Zstd,
            _ => null,
        };

    private static string MediaTypeOf(LayerCompression compression)
        => compression switch
        {
            LayerCompression.Gzip => MediaTypes.OciLayerGzip,
            LayerCompression.Zstd => MediaTypes.OciLayerZstd,
            _ => MediaTypes.OciLayer,
        };

    private static int? LevelOf(LayerCompression compression, int? level)
        => compression switch
        {
            LayerCompression.Gzip => level ?? LayerCompressor.DefaultGzipLevel,
            LayerCompression.Zstd => level ?? LayerCompressor.DefaultZstdLevel,
            _ => null,
        };

    private LayerBlob? FindBlob(Digest diffId, LayerCompression compression, int? level)
        => FindKnown(diffId).FirstOrDefault(known => CompressionOf(known.Blob.MediaType) == compression
            && (compression == LayerCompression.None || level is null || known.Level == level));

    private Stream Open(LayerBlob known)
    {
        var blob = _content.OpenRead(known.Blob.Digest);
        try
        {
            return CompressionOf(known.Blob.MediaType) == LayerCompression.None ? blob : Decompression.Open(blob);
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }

    // A blob that an image from outside claims to be this layer is unpacked once to see; a false claim is forgotten.
    private bool Verify(Digest diffId, LayerBlob known, CancellationToken cancellationToken)
    {
        if (known.Verified)
        {
            return true;
        }

        var isTrue = false;
        try
        {
            using var content = new DigestStream(Open(known), diffId.HashAlgorithm);
            content.Drain(cancellationToken);
            isTrue = content.CurrentDigest == diffId;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive)
        {
            // Not even compressed data: no layer at all.
        }

        if (isTrue)
        {
            AddBlob(diffId, known with { Verified = true });
        }
        else
        {
            Discard(diffId, known);
        }

        return isTrue;
    }

    private void Forget(Digest diffId, LayerBlob blob)
        => _records.Change(diffId, record => record with
        {
            Blobs = [.. record.Blobs.Where(known => known.Blob.Digest != blob.Blob.Digest)],
        });

    private Descriptor Make(Digest diffId, LayerCompression compression, int? level, CancellationToken cancellationToken)
    {
        var result = compression == LayerCompression.None
            ? WriteTar(diffId, cancellationToken)
            : Compress(diffId, compression, level, cancellationToken);
        var blob = new Descriptor { MediaType = MediaTypeOf(compression), Digest = result.Digest, Size = result.Size };
        AddBlob(diffId, new LayerBlob { Blob = blob, Level = LevelOf(compression, level), Verified = true });
        return blob;
    }

    private LayerCompressionResult WriteTar(Digest diffId, CancellationToken cancellationToken)
    {
        using var work = CreateWorkDirectory("tar");
        var staged = Path.Combine(work.Path, "blob");
        try
        {
            using var tar = OpenTar(diffId);
            using var output = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            var result = new LayerCompressor().Compress(tar, output, LayerCompression.None, cancellationToken: cancellationToken);
            RequireSame(diffId, result);
            _content.ImportFile(staged, result.Digest);
            return result;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"unpack layer {diffId}", staged, e);
        }
    }

    private LayerCompressionResult Compress(Digest diffId, LayerCompression compression, int? level, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return CompressOnce(diffId, compression, level, cancellationToken);
            }
            catch (LostPieceException)
            {
                // Collected since it was taken over: it is not found this time, and made again.
            }
        }
    }

    // Every compressed piece is stored once: the next version of the layer takes over those that did not change.
    private LayerCompressionResult CompressOnce(
        Digest diffId, LayerCompression compression, int? level, CancellationToken cancellationToken)
    {
        using var staging = _content.StagePieces();
        var pieces = new CompressedPieces(staging);
        using var writer = pieces.OpenWriter(compression, level, cancellationToken);
        if (_content.TryReadPieces(diffId) is { } list)
        {
            writer.KnownDiffId = diffId;
            writer.CopyFrom(staging.Files.ToCompress(list));
        }
        else
        {
            using var tar = OpenTar(diffId);
            writer.KnownDiffId = _hashed.ContainsKey(diffId) && _content.Contains(diffId) ? diffId : null;
            writer.CopyFrom(tar);
        }

        var result = writer.Complete();
        RequireSame(diffId, result);
        staging.Commit(pieces.ToList(writer));
        return result;
    }

    private static void RequireSame(Digest diffId, LayerCompressionResult result)
    {
        if (result.DiffId != diffId)
        {
            throw Lies(diffId);
        }
    }

    private static ZLayerException NoBlob(Digest diffId)
        => new(ZLayerErrorKind.StorageReadFailed, $"No blob of layer {diffId} is in the store.")
        {
            Subject = diffId.ToString(),
            Advice = "Pull, load or build the image that needs it again.",
        };

    private static ZLayerException Lies(Digest diffId)
        => new(ZLayerErrorKind.DigestMismatch, $"Layer {diffId} cannot be used: its blob is damaged or unpacks to something else.")
        {
            Subject = diffId.ToString(),
            Advice = "Pull, load or build the image again; if the error stays, it was published damaged.",
        };
}
