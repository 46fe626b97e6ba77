using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Exporters;

/// <summary>Writes the file systems of images as one tar stream: all layers merged, whiteouts applied.</summary>
internal sealed class FileSystemMerge(LayerStore layers)
{
    /// <summary>Writes the file system of each image, below a directory named after its platform where <paramref name="split"/> says so.</summary>
    public void Write(IReadOnlyList<StoredImage> images, bool split, DateTimeOffset? modificationTime, Stream output, CancellationToken cancellationToken)
    {
        using var tar = new LayerTarWriter(output);
        foreach (var image in images)
        {
            var prefix = split ? image.Config.Platform.ToString().Replace('/', '_') : "";
            if (prefix.Length > 0)
            {
                tar.WriteEntry(new TarEntry
                {
                    Path = prefix,
                    Type = TarEntryType.Directory,
                    Mode = Convert.ToInt32("755", 8),
                    ModificationTime = modificationTime ?? image.Config.Created ?? DateTimeOffset.UnixEpoch,
                });
            }

            LayerMerge.Write(
                [.. image.Config.RootFs.DiffIds.Select(d => (Func<Stream>)(() => layers.OpenTar(d)))],
                tar,
                new LayerMergeOptions
                {
                    KeepWhiteouts = false,
                    ModificationTime = modificationTime,
                    PathPrefix = prefix,
                    UnwrapsWindowsFiles = image.Config.Platform.Os == "windows",
                },
                cancellationToken);
        }

        tar.Complete();
    }
}
