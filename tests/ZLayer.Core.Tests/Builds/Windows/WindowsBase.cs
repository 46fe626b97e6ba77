using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds.Windows;

/// <summary>
/// A Windows base image as Microsoft publishes them: two foreign layers with urls, written in the order of members that Docker has.
/// </summary>
internal sealed class WindowsBase
{
    public const string OsVersion = "10.0.20348.2340";

    public WindowsBase(string url)
    {
        Layers = [Gzip(Layer("Files/Windows", "Files/Windows/System32/")), Gzip(Layer("Files/Users/"))];
        var diffIds = string.Join(',', ((string[][])[["Files/Windows", "Files/Windows/System32/"], ["Files/Users/"]]).Select(f => $"\"{Digest.Of(Layer(f))}\""));
        Config = Encoding.UTF8.GetBytes(
            "{\"architecture\":\"amd64\",\"config\":{\"Env\":[\"Path=C:\\\\Windows\"],\"Cmd\":[\"c:\\\\windows\\\\system32\\\\cmd.exe\"]},\"created\":\"2024-01-02T03:04:05Z\","
            + "\"history\":[{\"created\":\"2023-01-01T00:00:00Z\",\"created_by\":\"Apply image\"},{\"created\":\"2024-01-02T03:04:05Z\",\"created_by\":\"Install update\"}],"
            + $"\"os\":\"windows\",\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{diffIds}]}}}}");
        Entries = [.. Layers.Select((l, i) =>
            $"{{\n         \"size\": {l.Length},\n         \"mediaType\": \"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\",\n         \"digest\": \"{Digest.Of(l)}\",\n         \"urls\": [\n            \"{url}/{i}\"\n         ]\n      }}")];
        Manifest = Encoding.UTF8.GetBytes(
            "{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"application/vnd.docker.distribution.manifest.v2+json\",\n   \"config\": {\n      \"mediaType\": \"application/vnd.docker.container.image.v1+json\",\n"
            + $"      \"size\": {Config.Length},\n      \"digest\": \"{Digest.Of(Config)}\"\n   }},\n   \"layers\": [\n      {string.Join(",\n      ", Entries)}\n   ]\n}}");
    }

    public IReadOnlyList<byte[]> Layers { get; }

    public byte[] Config { get; }

    public byte[] Manifest { get; }

    /// <summary>The entries of the layers in the manifest, byte for byte.</summary>
    public IReadOnlyList<string> Entries { get; }

    public Descriptor Target => new()
    {
        MediaType = MediaTypes.DockerManifest, Digest = Digest.Of(Manifest), Size = Manifest.Length,
        Platform = new Platform { Os = "windows", Architecture = "amd64", OsVersion = OsVersion },
    };

    /// <summary>Puts manifest and config, and no layer, into a store, below an index that says the os.version.</summary>
    public void AddTo(ZLayerEngine engine, string name)
    {
        engine.Layout.EnsureCreated();
        engine.Content.Write(Manifest);
        engine.Content.Write(Config);
        var older = Target with { Platform = Target.Platform! with { OsVersion = "10.0.17763.1" }, Digest = Digest.Of([7]) };
        var index = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.DockerManifestList, Manifests = [Target, older] });
        engine.References.Set(
            ImageReference.Parse(name), new Descriptor { MediaType = MediaTypes.DockerManifestList, Digest = engine.Content.Write(index), Size = index.Length });
    }

    private static byte[] Layer(params string[] paths)
    {
        using var stream = new MemoryStream();
        using (var tar = new LayerTarWriter(stream))
        {
            foreach (var root in WindowsLayer.Roots(DateTimeOffset.UnixEpoch))
            {
                tar.WriteEntry(root);
            }

            foreach (var path in paths)
            {
                tar.WriteEntry(new TarEntry { Path = path.TrimEnd('/'), Type = TarEntryType.Directory, Mode = 0x1ED });
            }

            tar.WriteFile(new TarEntry { Path = paths[0].TrimEnd('/') + "/License.txt", Type = TarEntryType.File, Mode = 0x1A4, Size = 7 }, "license"u8);
            tar.Complete();
        }

        return stream.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(output, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }
}
