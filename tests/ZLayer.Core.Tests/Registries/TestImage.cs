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
    public Descriptor Manifest => new() { MediaType = OciJson.DetectMediaType(ManifestBytes)!, Digest = Digest.Of(ManifestBytes), Size = ManifestBytes.Length };

    public Descriptor Config => OciJson.ParseManifest(ManifestBytes, "test").Config;

    public static TestImage Create(int[] layerSizes, string architecture = "amd64")
        => Create([.. layerSizes.Select(size => TestBlob.Random(size))], architecture);

    /// <summary>An image of layers that unpack to nothing in particular.</summary>
    public static TestImage Create(IReadOnlyList<TestBlob> layers, string architecture = "amd64")
        => Create(layers, architecture, MediaTypes.OciManifest, [.. layers.Select(l => Digest.Of(System.Text.Encoding.UTF8.GetBytes(l.Descriptor.Digest.ToString())))]);

    /// <summary>An image whose layers unpack to what the DiffIDs say.</summary>
    public static TestImage Create(IReadOnlyList<TestBlob> layers, string mediaType, params Digest[] diffIds) => Create(layers, "amd64", mediaType, diffIds);

    private static TestImage Create(IReadOnlyList<TestBlob> layers, string architecture, string mediaType, Digest[] diffIds)
    {
        var config = OciJson.Serialize(new ImageConfig
        {
            Architecture = architecture,
            Os = "linux",
            RootFs = new RootFs { DiffIds = diffIds },
        });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = mediaType,
            Config = new Descriptor { MediaType = mediaType == MediaTypes.DockerManifest ? MediaTypes.DockerConfig : MediaTypes.OciConfig, Digest = Digest.Of(config), Size = config.Length },
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
