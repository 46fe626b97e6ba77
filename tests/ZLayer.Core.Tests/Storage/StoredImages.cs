using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Storage;

/// <summary>Makes small real images in a store.</summary>
public static class StoredImages
{
    /// <summary>An image with one plain layer for each text; each layer holds one file with that text.</summary>
    public static Descriptor Make(TemporaryStore store, params string[] layers) => Make(store, Platform.Host, layers);

    public static Descriptor Make(TemporaryStore store, Platform platform, IReadOnlyList<string> layers, IReadOnlyDictionary<string, string>? labels = null)
    {
        var blobs = layers.Select(text => AddLayer(store, text)).ToList();
        var config = OciJson.Serialize(new ImageConfig
        {
            Architecture = platform.Architecture,
            Os = platform.Os,
            Variant = platform.Variant,
            Created = new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero),
            Config = new ContainerDefaults { Cmd = ["/hello"], Labels = labels },
            RootFs = new RootFs { DiffIds = [.. blobs.Select(blob => blob.Digest)] },
            History =
            [
                .. layers.Select(text => new HistoryEntry { CreatedBy = $"COPY {text} /", Created = DateTimeOffset.UnixEpoch }),
                new HistoryEntry { CreatedBy = "CMD [\"/hello\"]", EmptyLayer = true, Created = DateTimeOffset.UnixEpoch },
            ],
        });
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = store.Content.Write(config), Size = config.Length },
            Layers = blobs,
        });
        return new Descriptor { MediaType = MediaTypes.OciManifest, Digest = store.Content.Write(manifest), Size = manifest.Length };
    }

    public static Descriptor MakeIndex(TemporaryStore store, params (Platform Platform, Descriptor Manifest)[] manifests)
    {
        var index = OciJson.Serialize(new ImageIndex
        {
            MediaType = MediaTypes.OciIndex,
            Manifests = [.. manifests.Select(m => m.Manifest with { Platform = m.Platform })],
        });
        return new Descriptor { MediaType = MediaTypes.OciIndex, Digest = store.Content.Write(index), Size = index.Length };
    }

    public static Descriptor AddLayer(TemporaryStore store, string text)
    {
        var tar = Tar($"files/{text}", text);
        return new Descriptor { MediaType = MediaTypes.OciLayer, Digest = store.Content.Write(tar), Size = tar.Length };
    }

    public static byte[] Tar(string path, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        using var output = new MemoryStream();
        using (var writer = new LayerTarWriter(output))
        {
            writer.WriteFile(
                new TarEntry { Path = path, Type = TarEntryType.File, Mode = 0x16D, Size = content.Length, ModificationTime = DateTimeOffset.UnixEpoch }, content);
            writer.Complete();
        }

        return output.ToArray();
    }

    /// <summary>Makes everything in the store look as if it had been used some days ago.</summary>
    public static void Age(TemporaryStore store, int days = 2)
    {
        foreach (var file in Directory.EnumerateFileSystemEntries(store.Layout.Root, "*", SearchOption.AllDirectories))
        {
            if (!file.StartsWith(store.Layout.Leases, StringComparison.Ordinal))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-days));
            }
        }
    }
}
