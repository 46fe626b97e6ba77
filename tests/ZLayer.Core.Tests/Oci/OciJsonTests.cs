using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Oci;

public sealed class OciJsonTests
{
    [Fact]
    public void Unknown_members_of_a_config_survive()
    {
        var json = """{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{"Env":["A=b"],"MacAddress":"02:42"},"moby.buildkit.cache.v0":"e30="}""";
        var written = Encoding.UTF8.GetString(OciJson.Serialize(OciJson.ParseConfig(Encoding.UTF8.GetBytes(json), "test")));
        Assert.Contains("\"moby.buildkit.cache.v0\":\"e30=\"", written, StringComparison.Ordinal);
        Assert.Contains("\"MacAddress\":\"02:42\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Media_types_are_written_as_other_tools_write_them()
    {
        var descriptor = new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = Digest.Of([]), Size = 1 };
        Assert.Contains("tar+gzip", Encoding.UTF8.GetString(OciJson.Serialize(descriptor)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"layers":[]}""")]
    [InlineData("""{"config":{"mediaType":"x","digest":"md5:1","size":1},"layers":[]}""")]
    public void Damaged_manifests_name_their_image(string json)
    {
        var error = Assert.Throws<ZLayerException>(() => OciJson.ParseManifest(Encoding.UTF8.GetBytes(json), "app:1"));
        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.Contains("app:1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"manifests":[null]}""")]
    [InlineData("""{"manifests":[{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-1}]}""")]
    [InlineData("""{"manifests":[{"mediaType":null,"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""")]
    [InlineData("""{"manifests":[{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1,"platform":{"os":null,"architecture":"x"}}]}""")]
    public void Damaged_indexes_are_told(string json)
        => Assert.Equal(
            ZLayerErrorKind.InvalidManifest, Assert.Throws<ZLayerException>(() => OciJson.ParseIndex(Encoding.UTF8.GetBytes(json), "app:1")).Kind);

    [Theory]
    [InlineData("""{"os":"linux","architecture":"amd64","rootfs":null}""")]
    [InlineData("""{"os":null,"architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[null]}}""")]
    public void Damaged_configs_are_told(string json)
        => Assert.Equal(
            ZLayerErrorKind.InvalidManifest, Assert.Throws<ZLayerException>(() => OciJson.ParseConfig(Encoding.UTF8.GetBytes(json), "app:1")).Kind);

    [Fact]
    public void Lists_that_are_null_are_empty()
    {
        const string Config = """{"mediaType":"x","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}""";

        Assert.Empty(OciJson.ParseManifest(Encoding.UTF8.GetBytes($$"""{"config":{{Config}},"layers":null}"""), "app:1").Layers);
        Assert.Empty(OciJson.ParseIndex("""{"manifests":null}"""u8, "app:1").Manifests);
        Assert.Empty(OciJson.ParseConfig("""{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":null}}"""u8, "app:1").RootFs.DiffIds);
    }

    [Theory]
    [InlineData("""{"manifests":[]}""", MediaTypes.OciIndex)]
    [InlineData("""{"config":{},"layers":[]}""", MediaTypes.OciManifest)]
    [InlineData("""{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}""", MediaTypes.DockerManifest)]
    [InlineData("not json", null)]
    public void The_type_of_a_document_is_detected(string json, string? expected)
        => Assert.Equal(expected, OciJson.DetectMediaType(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(MediaTypes.OciLayerZstd, MediaTypes.DockerLayerZstd)]
    [InlineData(MediaTypes.OciIndex, MediaTypes.DockerManifestList)]
    public void Types_translate_both_ways(string oci, string docker)
    {
        Assert.Equal(docker, MediaTypes.ToDocker(oci));
        Assert.Equal(oci, MediaTypes.ToOci(docker));
    }
}
