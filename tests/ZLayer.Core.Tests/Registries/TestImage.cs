using System.Security.Cryptography;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>A blob of random bytes.</summary>
internal sealed record TestBlob(Descriptor Descriptor, byte[] Content)
{
    public BlobSource Source => BlobSource.FromBytes(Descriptor, Content);

    public static TestBlob Random(int size, string mediaType = MediaTypes.OciLayerGzip) => Of(RandomNumberGenerator.GetBytes(size), mediaType);

    public static TestBlob Of(byte[] content, string mediaType)
        => new(new Descriptor { MediaType = mediaType, Digest = Digest.Of(content), Size = content.Length }, content);
}

/// <summary>An image whose layers are random bytes: enough for transfers, which never look inside.</summary>
internal sealed record TestImage(byte[] ManifestBytes, byte[] ConfigBytes, IReadOnlyList<TestBlob> Layers)
{
    public Descriptor Manifest => new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of(ManifestBytes), Size = ManifestBytes.Length };

    public Descriptor Config => new() { MediaType = MediaTypes.OciConfig, Digest = Digest.Of(ConfigBytes), Size = ConfigBytes.Length };

    public static TestImage Create(int[] layerSizes, string architecture = "amd64")
        => Create([.. layerSizes.Select(size => TestBlob.Random(size))], architecture);

    public static TestImage Create(IReadOnlyList<TestBlob> layers, string architecture = "amd64")
    {
        var config = OciJson.Serialize(new ImageConfig
        {
            Architecture = architecture,
            Os = "linux",
            RootFs = new RootFs { DiffIds = [.. layers.Select(l => Digest.Of(l.Descriptor.Digest.ToString().Select(c => (byte)c).ToArray()))] },
        });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = Digest.Of(config), Size = config.Length },
            Layers = [.. layers.Select(l => l.Descriptor)],
        });
        return new TestImage(manifest, config, layers);
    }

    public async Task PushAsync(IPushTarget target, ImageReference reference)
    {
        foreach (var layer in Layers)
        {
            await target.UploadBlobAsync(reference, layer.Source);
        }

        await target.UploadBlobAsync(reference, BlobSource.FromBytes(Config, ConfigBytes));
        await target.PutManifestAsync(reference, ManifestBytes, MediaTypes.OciManifest);
    }
}
