using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Registries;

/// <summary>What a push says when the registry does not take a part of it.</summary>
public sealed class PushFailureTests
{
    private static readonly ImageReference Destination = ImageReference.Parse("registry.example/team/app:7");

    [Theory]
    [InlineData(ZLayerErrorKind.RegistryError, ZLayerErrorKind.BlobUploadFailed)]
    [InlineData(ZLayerErrorKind.RegistryProtocolError, ZLayerErrorKind.BlobUploadFailed)]
    [InlineData(ZLayerErrorKind.RegistryAccessDenied, ZLayerErrorKind.RegistryAccessDenied)]
    [InlineData(ZLayerErrorKind.RegistryUnreachable, ZLayerErrorKind.RegistryUnreachable)]
    public async Task A_blob_that_is_not_taken_is_named_with_the_image(ZLayerErrorKind cause, ZLayerErrorKind kind)
    {
        using var store = new TestStore();
        var image = TestImage.Create([100, 200]);
        var refused = image.Layers[1].Descriptor.Digest;

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store
            .PusherTo(new RefusingTarget(digest => digest == refused, _ => false, cause)).PushAsync(store.Add(image), Destination, new PushOptions()));

        Assert.Equal(kind, error.Kind);
        Assert.Contains(refused.ToString(), error.Message);
        Assert.Contains("team/app:7", error.Message);
        Assert.Contains("says no", error.Message);
        Assert.Equal("do this", error.Advice);
    }

    [Fact]
    public async Task A_manifest_that_is_not_taken_is_named_with_the_image()
    {
        using var store = new TestStore();
        var image = TestImage.Create([100]);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store
            .PusherTo(new RefusingTarget(_ => false, _ => true, ZLayerErrorKind.RegistryError)).PushAsync(store.Add(image), Destination, new PushOptions()));

        Assert.Equal(ZLayerErrorKind.ManifestPutFailed, error.Kind);
        Assert.Contains(image.Manifest.Digest.ToString(), error.Message);
        Assert.Contains("team/app:7", error.Message);
    }

    private sealed class RefusingTarget(Func<Digest, bool> refusesBlob, Func<ImageReference, bool> refusesManifest, ZLayerErrorKind kind) : IPushTarget
    {
        private readonly RecordingPushTarget _inner = new();

        public Task<BlobUploadOutcome> UploadBlobAsync(
            ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
            => refusesBlob(blob.Descriptor.Digest) ? throw Refusal() : _inner.UploadBlobAsync(repository, blob, progress, cancellationToken);

        public Task PutManifestAsync(ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
            => refusesManifest(reference) ? throw Refusal() : _inner.PutManifestAsync(reference, manifest, mediaType, cancellationToken);

        private ZLayerException Refusal() => new(kind, "The registry says no.") { Advice = "do this" };
    }
}
