using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Oci;

/// <summary>The entries of foreign layers are their publisher's, byte for byte.</summary>
public sealed class ForeignLayerJsonTests
{
    private const string Foreign =
        """{ "size" :1718332879, "urls":["https://mcr.example/a?x=1&y=<2>"],"digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x":[1, 2],"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}""";

    private const string Plain =
        """{"size":7,"digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"}""";

    private const string Manifest =
        $$"""{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","size":2},"layers":[{{Foreign}}, {{Plain}}]}""";

    [Fact]
    public void A_foreign_entry_keeps_its_bytes_when_the_manifest_around_it_changes()
    {
        var manifest = OciJson.ParseManifest(Encoding.UTF8.GetBytes(Manifest), "test");
        var changed = manifest with { Layers = [.. manifest.Layers, new Descriptor { MediaType = MediaTypes.OciLayer, Digest = Digest.Of([1]), Size = 1 }] };

        var written = Encoding.UTF8.GetString(OciJson.Serialize(changed));

        Assert.Contains(Foreign, written, StringComparison.Ordinal);
        Assert.DoesNotContain(Plain, written, StringComparison.Ordinal);
        Assert.Equal(changed.Layers.Skip(1), OciJson.ParseManifest(Encoding.UTF8.GetBytes(written), "test").Layers.Skip(1));
    }

    [Fact]
    public void A_foreign_entry_that_was_changed_says_what_it_was_changed_to()
    {
        var manifest = OciJson.ParseManifest(Encoding.UTF8.GetBytes(Manifest), "test");

        var written = OciJson.Serialize(manifest with { Layers = [manifest.Layers[0] with { Size = 5 }] });

        Assert.Equal(5, OciJson.ParseManifest(written, "test").Layers[0].Size);
        Assert.DoesNotContain("1718332879", Encoding.UTF8.GetString(written), StringComparison.Ordinal);
    }

    [Fact]
    public void A_built_layer_has_no_urls_at_all()
    {
        var manifest = OciJson.ParseManifest(Encoding.UTF8.GetBytes(Manifest), "test");

        var written = Encoding.UTF8.GetString(OciJson.Serialize(manifest with { Layers = [manifest.Layers[1]] }));

        Assert.DoesNotContain("urls", written, StringComparison.Ordinal);
    }
}
