using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Exporters;

/// <summary>Writes the file systems of images as one tar stream: all layers merged, whiteouts applied.</summary>
internal sealed class FileSystemMerge(LayerStore layers)
{
    /// <summary>
    /// Writes the file system of each image, below a directory named after its platform where <paramref name="split"/> says so: as it
    /// was asked for, for two versions of Windows are two platforms.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidArgument: two images that are not split have a file of one path.</exception>
    public void Write(ExportSource source, bool split, DateTimeOffset? modificationTime, Stream output, CancellationToken cancellationToken)
    {
        using var tar = new LayerTarWriter(output);
        var taken = split || source.Images.Count < 2 ? null : new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < source.Images.Count; i++)
        {
            var image = source.Images[i];
            var platform = i < source.Platforms.Count ? source.Platforms[i] : image.Config.Platform;
            var prefix = split ? platform.ToFullString().Replace('/', '_') : "";
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
                    Writing = taken is null ? null : entry => Take(taken, entry, platform.ToFullString()),
                },
                cancellationToken);
        }

        tar.Complete();
    }

    private static void Take(Dictionary<string, string> taken, TarEntry entry, string platform)
    {
        if (entry.Type != TarEntryType.Directory && !taken.TryAdd(entry.Path, platform) && taken[entry.Path] != platform)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'/{entry.Path}' of {platform} would overwrite that of {taken[entry.Path]}.")
            {
                Subject = entry.Path,
                Advice = "Leave platform-split=false out, so that each platform gets a directory.",
            };
        }
    }
}
