using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Mutations;

public sealed class ImageDocumentMutationTests
{
    private const int Rounds = 1_000;
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Manifest = $$$"""
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b",
         "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{Digest}}}","size":7,"data":"e30=","annotations":{"a":"b"}},
         "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{{Digest}}}","size":9,"annotations":{"org.opencontainers.image.title":"f"}},
          {"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","size":3,"digest":"{{{Digest}}}","urls":["https://example.com/a"]}],
         "subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Digest}}}","size":5},"annotations":{"c":"d"},"x":{"y":[1,"z"]}}
        """;

    private const string Index = $$$"""
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","artifactType":"a/b",
         "manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Digest}}}","size":7,
           "platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["f"],"features":["g"],"variant":"v7"},"annotations":{"a":"b"}}],
         "subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Digest}}}","size":5},"annotations":{"c":"d"}}
        """;

    private const string Config = $$$"""
        {"created":"2024-02-03T04:05:06.789Z","author":"me","architecture":"amd64","variant":"v2","os":"linux","os.version":"1","os.features":["f"],
         "config":{"User":"a","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":["e"],"Cmd":["c"],"Volumes":{"/v":{}},"WorkingDir":"/w",
          "Labels":{"l":"m"},"StopSignal":"SIGTERM","ArgsEscaped":true,"OnBuild":["RUN x"],"Shell":["sh","-c"],
          "Healthcheck":{"Test":["CMD","t"],"Interval":1000000000,"Timeout":1,"StartPeriod":2,"StartInterval":3,"Retries":4}},
         "rootfs":{"type":"layers","diff_ids":["{{{Digest}}}"]},
         "history":[{"created":"2024-02-03T04:05:06Z","created_by":"RUN x","author":"me","comment":"c","empty_layer":true}],"x":null}
        """;

    [Fact]
    public void Damaged_manifests_are_read_or_refused()
        => JsonMutations.Check(
            [Manifest],
            json =>
            {
                var manifest = OciJson.ParseManifest(json, "app:1");
                Assert.All(manifest.Layers, layer => Assert.True(layer.Size >= 0 && layer.MediaType is not null && layer.Digest.Hex.Length >= 64));
                Assert.InRange(manifest.Layers.Append(manifest.Config).Sum(blob => blob.Size), 0, long.MaxValue);
                Assert.All(manifest.Annotations ?? new Dictionary<string, string>(), pair => Assert.NotNull(pair.Value));
                Assert.Equal(manifest.Layers.Count, OciJson.ParseManifest(OciJson.Serialize(manifest), "again").Layers.Count);
            },
            Rounds);

    [Fact]
    public void Damaged_indexes_are_read_or_refused()
        => JsonMutations.Check(
            [Index],
            json =>
            {
                var index = OciJson.ParseIndex(json, "app:1");
                Assert.All(index.Manifests, entry => _ = entry.Platform?.Normalize().ToFullString().Length + entry.MediaType.Length);
                Assert.All(index.Manifests, entry => _ = entry.IsAttestation);
                Assert.Equal(index.Manifests.Count, OciJson.ParseIndex(OciJson.Serialize(index), "again").Manifests.Count);
            },
            Rounds);

    [Fact]
    public void Damaged_configs_are_read_or_refused()
        => JsonMutations.Check(
            [Config],
            json =>
            {
                var config = OciJson.ParseConfig(json, "app:1");
                Assert.All(config.History ?? [], Assert.NotNull);
                Assert.All(config.Config?.Env ?? [], Assert.NotNull);
                Assert.All(config.Config?.Labels ?? new Dictionary<string, string>(), pair => Assert.NotNull(pair.Value));
                _ = config.Platform.Normalize().ToString();
                Assert.Equal(config.RootFs.DiffIds, OciJson.ParseConfig(OciJson.Serialize(config), "again").RootFs.DiffIds);
            },
            Rounds);

    [Fact]
    public void Damaged_descriptors_are_read_or_refused()
        => JsonMutations.Check(
            [$$$"""{"mediaType":"a/b","digest":"{{{Digest}}}","size":7,"urls":["u"],"annotations":{"a":"b"},"platform":{"os":"linux","architecture":"arm"},"data":"e30="}"""],
            json => Assert.InRange(OciJson.ParseDescriptor(json, "app:1").Size, 0, long.MaxValue),
            Rounds);

    [Fact]
    public void Damaged_documents_have_a_type_or_none_and_refer_to_something_or_nothing()
        => JsonMutations.Check(
            [Manifest, Index],
            json =>
            {
                var type = OciJson.DetectMediaType(json);
                var subject = ReferrerTag.FindSubject(json);
                if (type is null || subject is null)
                {
                    throw new ZLayerException(ZLayerErrorKind.InvalidManifest, "It has no type, or refers to nothing.");
                }
            },
            Rounds);
}
