using System.IO.Compression;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class LayerStoreTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(LayerCompression.Gzip, MediaTypes.OciLayerGzip)]
    [InlineData(LayerCompression.Zstd, MediaTypes.OciLayerZstd)]
    public void A_layer_is_compressed_once_and_remembered(LayerCompression compression, string mediaType)
    {
        var plain = StoredImages.AddLayer(_store, "a");
        var blob = _store.Layers.EnsureBlob(plain.Digest, compression);
        Assert.Equal(mediaType, blob.MediaType);
        Assert.Equal(blob.Size, _store.Content.GetSize(blob.Digest));

        var written = File.GetLastWriteTimeUtc(_store.Content.GetPath(blob.Digest));
        Assert.Equal(blob, new LayerStore(_store.AnotherView(), _store.Content).EnsureBlob(plain.Digest, compression));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_store.Content.GetPath(blob.Digest)));
        Assert.Equal([plain, blob], _store.Layers.FindBlobs(plain.Digest));
        Assert.Empty(_store.Leftovers());

        using var content = Decompression.Open(_store.Content.OpenRead(blob.Digest));
        using var tar = new MemoryStream();
        content.CopyTo(tar);
        Assert.Equal(plain.Digest, Digest.Of(tar.ToArray()));
    }

    [Fact]
    public void The_plain_blob_of_a_compressed_layer_is_made_and_verified()
    {
        var (diffId, _) = AddCompressed(StoredImages.Tar("a", "a"), verified: false);
        var plain = _store.Layers.EnsureBlob(diffId, LayerCompression.None);
        Assert.Equal(diffId, plain.Digest);
        using var tar = _store.Layers.OpenTar(diffId);
        Assert.IsAssignableFrom<FileStream>(tar);
    }

    [Fact]
    public void A_level_that_was_asked_for_is_the_level_delivered()
    {
        var diffId = _store.Content.Write(StoredImages.Tar("a", string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i} some text "))));
        var fast = _store.Layers.EnsureBlob(diffId, LayerCompression.Gzip, 1);
        var small = _store.Layers.EnsureBlob(diffId, LayerCompression.Gzip, 9);
        Assert.True(small.Size < fast.Size);
        Assert.Equal(fast, _store.Layers.EnsureBlob(diffId, LayerCompression.Gzip, 1));
        Assert.Equal(small, _store.Layers.EnsureBlob(diffId, LayerCompression.Gzip, 9));
        Assert.Contains(_store.Layers.EnsureBlob(diffId, LayerCompression.Gzip), new[] { fast, small });
    }

    [Fact]
    public void A_blob_from_outside_that_lies_about_its_layer_is_not_used()
    {
        var truth = StoredImages.Tar("a", "truth");
        var lie = Gzip(StoredImages.Tar("a", "lie"));
        var blob = new Descriptor { MediaType = MediaTypes.DockerLayerGzip, Digest = _store.Content.Write(lie), Size = lie.Length };
        var diffId = Digest.Of(truth);
        _store.Layers.AddBlob(diffId, blob);
        Assert.Equal(blob.Digest, Assert.Single(_store.Layers.FindBlobs(diffId)).Digest);

        Assert.Equal(ZLayerErrorKind.DigestMismatch, Assert.Throws<ZLayerException>(() => _store.Layers.OpenTar(diffId)).Kind);
        Assert.Empty(_store.Layers.FindBlobs(diffId));

        _store.Layers.AddBlob(diffId, blob);
        var (_, good) = AddCompressed(truth, verified: false);
        Assert.Equal(good.Digest, _store.Layers.EnsureBlob(diffId, LayerCompression.Gzip).Digest);
    }

    [Fact]
    public void A_size_that_was_remembered_wrongly_is_corrected_by_the_right_one_and_by_that_alone()
    {
        var bytes = Gzip(StoredImages.Tar("a", "a"));
        var diffId = Digest.Of(StoredImages.Tar("a", "a"));
        var blob = new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = Digest.Of(bytes), Size = bytes.Length };
        _store.Layers.AddBlob(diffId, blob with { Size = bytes.Length + 1 });
        _store.Content.Write(bytes);
        Assert.Empty(_store.Layers.FindBlobs(diffId));

        _store.Layers.AddBlob(diffId, blob, verified: true);
        Assert.Equal([blob], _store.Layers.FindBlobs(diffId));
        _store.Layers.AddBlob(diffId, blob with { Size = bytes.Length + 2 });
        Assert.Equal([blob], _store.Layers.FindBlobs(diffId));
    }

    [Fact]
    public void A_layer_that_is_not_here_is_an_error()
    {
        var error = Assert.Throws<ZLayerException>(() => _store.Layers.EnsureBlob(Digest.Of([1]), LayerCompression.Gzip));
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Throws<ZLayerException>(() => _store.Layers.OpenTar(Digest.Of([1])));
        Assert.Throws<ZLayerException>(() => _store.Layers.EnsureDirectory(Digest.Of([1])));
    }

    [Fact]
    public void Blobs_that_were_deleted_are_forgotten_until_they_are_back()
    {
        var (diffId, blob) = AddCompressed(StoredImages.Tar("a", "a"), verified: true);
        var content = File.ReadAllBytes(_store.Content.GetPath(blob.Digest));
        _store.Content.Delete(blob.Digest);
        Assert.Empty(_store.Layers.FindBlobs(diffId));
        _store.Content.Write(content);
        Assert.Equal(blob.Digest, Assert.Single(_store.Layers.FindBlobs(diffId)).Digest);
    }

    [Fact]
    public void A_damaged_record_counts_as_none()
    {
        var plain = StoredImages.AddLayer(_store, "a");
        _store.Layers.EnsureBlob(plain.Digest, LayerCompression.Gzip);
        File.WriteAllText(Path.Combine(_store.Layout.Layers, plain.Digest.Hex + ".json"), "");
        Assert.Equal([plain], _store.Layers.FindBlobs(plain.Digest));
        Assert.Equal(MediaTypes.OciLayerGzip, _store.Layers.EnsureBlob(plain.Digest, LayerCompression.Gzip).MediaType);
    }

    [Fact]
    public async Task Remembering_blobs_at_once_loses_none()
    {
        var diffId = Digest.Of([1]);
        var blobs = Enumerable.Range(0, 24).Select(i => new byte[] { 9, (byte)i })
            .Select(b => new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = _store.Content.Write(b), Size = b.Length }).ToList();
        await Task.WhenAll(blobs.Select(blob => Task.Run(() => new LayerStore(_store.AnotherView(), _store.Content).AddBlob(diffId, blob))));
        Assert.Equal(blobs.Select(b => b.Digest).Order(), _store.Layers.FindBlobs(diffId).Select(b => b.Digest).Order());
    }

    [Fact]
    public async Task Compressing_one_layer_at_once_makes_one_blob()
    {
        var plain = StoredImages.AddLayer(_store, "a");
        var blobs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => new LayerStore(_store.AnotherView(), _store.Content).EnsureBlob(plain.Digest, LayerCompression.Gzip))));
        Assert.Single(blobs.Distinct());
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_cancelled_compression_leaves_nothing()
    {
        var plain = StoredImages.AddLayer(_store, "a");
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => _store.Layers.EnsureBlob(plain.Digest, LayerCompression.Gzip, null, cancellation.Token));
        Assert.Empty(_store.Leftovers());
        Assert.Single(_store.Content.Enumerate());
    }

    [Fact]
    public void An_adopted_directory_is_moved_not_copied()
    {
        using var work = _store.Layers.CreateWorkDirectory("test");
        var upper = Directory.CreateDirectory(Path.Combine(work.Path, "upper")).FullName;
        File.WriteAllText(Path.Combine(upper, "file"), "content");
        var directory = _store.Layers.AdoptDirectory(Digest.Of([1]), upper);
        Assert.False(Directory.Exists(upper));
        Assert.Equal("content", File.ReadAllText(Path.Combine(directory, "file")));
        Assert.Equal(directory, _store.Layers.FindDirectory(Digest.Of([1])));

        var again = Directory.CreateDirectory(Path.Combine(work.Path, "again")).FullName;
        Assert.Equal(directory, _store.Layers.AdoptDirectory(Digest.Of([1]), again));
        Assert.True(Directory.Exists(again));
    }

    private (Digest DiffId, Descriptor Blob) AddCompressed(byte[] tar, bool verified)
    {
        var bytes = Gzip(tar);
        var blob = new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = _store.Content.Write(bytes), Size = bytes.Length };
        _store.Layers.AddBlob(Digest.Of(tar), blob, verified);
        return (Digest.Of(tar), blob);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }
}
