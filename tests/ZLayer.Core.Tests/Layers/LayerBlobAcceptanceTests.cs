using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Other tools of the field read the blobs: skopeo decompresses them, umoci extracts them.</summary>
[Trait("Kind", "Integration")]
public sealed class LayerBlobAcceptanceTests
{
    private static readonly byte[] Tar = MakeTar();

    [SkippableTheory]
    [InlineData(LayerCompression.Gzip, "tar+gzip")]
    [InlineData(LayerCompression.Zstd, "tar+zstd")]
    public void Skopeo_decompresses_the_blob_to_the_same_tar_stream(LayerCompression compression, string suffix)
    {
        Skip.IfNot(Program.Exists("skopeo"), "skopeo is not installed");
        using var directory = new TemporaryDirectory();
        var image = WriteImage(directory, compression, suffix);
        var plain = directory.Combine("plain");
        Program.Run("skopeo", "--insecure-policy", "copy", "--dest-decompress", $"oci:{image}:test", $"dir:{plain}");
        Assert.Equal(Digest.Of(Tar), Digest.Of(File.ReadAllBytes(Path.Combine(plain, Digest.Of(Tar).Hex))));
    }

    [SkippableFact]
    public void Umoci_extracts_the_blob_as_this_product_does()
    {
        Skip.IfNot(Linux.IsRoot && Program.Exists("umoci"), "umoci is not installed, or this is not root");
        using var directory = new TemporaryDirectory();
        var image = WriteImage(directory, LayerCompression.Gzip, "tar+gzip");
        Program.Run("umoci", "unpack", "--image", image + ":test", directory.Combine("bundle"));
        var ours = directory.CreateDirectory("ours");
        LayerExtractor.Extract(new MemoryStream(Tar), ours);
        Assert.Equal(Describe(ours), Describe(directory.Combine("bundle/rootfs")));
    }

    private static List<string> Describe(string directory)
        => Tars.Read(Tars.Write(writer => LayerDiff.Write(directory, writer))).ConvertAll(pair => $"{pair.Entry} {Digest.Of(pair.Content)}");

    private static string WriteImage(TemporaryDirectory directory, LayerCompression compression, string suffix)
    {
        var image = directory.CreateDirectory("image");
        var blobs = directory.CreateDirectory("image/blobs/sha256");
        string Write(byte[] bytes, string mediaType, string more = "")
        {
            File.WriteAllBytes(Path.Combine(blobs, Digest.Of(bytes).Hex), bytes);
            return $$"""{"mediaType":"application/vnd.oci.image.{{mediaType}}","digest":"{{Digest.Of(bytes)}}","size":{{bytes.Length}}{{more}}}""";
        }

        var blob = new MemoryStream();
        var result = new LayerCompressor().Compress(new MemoryStream(Tar), blob, compression);
        Assert.True(result.Pieces > 1);
        var layer = Write(blob.ToArray(), "layer.v1." + suffix);
        var config = Write(
            Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{{result.DiffId}}}"]}}"""),
            "config.v1+json");
        var manifest = Write(
            Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{config}},"layers":[{{layer}}]}"""),
            "manifest.v1+json",
            ""","annotations":{"org.opencontainers.image.ref.name":"test"}""");
        File.WriteAllText(Path.Combine(image, "index.json"), $$"""{"schemaVersion":2,"manifests":[{{manifest}}]}""");
        File.WriteAllText(Path.Combine(image, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        return image;
    }

    private static byte[] MakeTar()
    {
        var random = new Random(12);
        return Tars.Write(writer =>
        {
            for (var i = 0; i < 300; i++)
            {
                if (i % 20 == 0)
                {
                    writer.WriteEntry(Tars.Directory($"d{i / 20}") with { Uid = i, Mode = 0x1ED });
                }

                var content = new byte[random.Next(0, 50_000)];
                random.NextBytes(content);
                writer.WriteFile(Tars.File($"d{i / 20}/" + new string('f', random.Next(1, 200)) + i, content.Length) with { Gid = i * 40_000 }, content);
            }

            writer.WriteEntry(Tars.SymbolicLink("größe", "d1/" + new string('t', 120)));
        });
    }
}
