using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>The layer of a WORKDIR: the directory and its parents as far as they are missing, with mode 0755.</summary>
internal static class DirectoryLayer
{
    /// <summary>Writes the layer as an uncompressed tar stream.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="path">The absolute directory.</param>
    /// <param name="user">
    /// The stage's USER, who owns what is made; null or empty for root, and so is a name that the stage does not know.
    /// </param>
    /// <param name="target">The files of the stage below; null for <c>scratch</c>.</param>
    /// <param name="time">The modification time of what is made.</param>
    /// <param name="isWindows">True for a Windows image, whose layers are written as <see cref="WindowsLayer"/> has it.</param>
    /// <returns>How many directories were made; with 0 the layer is an empty tar stream.</returns>
    /// <exception cref="ZLayerException">BuildStepInvalid: the path runs through a file.</exception>
    public static int Write(Stream output, string path, string? user, IFileTree? target, DateTimeOffset time, bool isWindows = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(path);
        var owner = string.IsNullOrEmpty(user) || isWindows ? FileOwner.Root : OwnerLookup.Find(user, target) ?? FileOwner.Root;
        var resolved = FileTreePaths.Resolve(target, path);
        var existing = new List<FileNode>();
        var missing = new List<string>();
        for (var end = 0; end < resolved.Length;)
        {
            var slash = resolved.IndexOf('/', end + 1);
            end = slash < 0 ? resolved.Length : slash;
            var directory = resolved[..end];
            if (missing.Count == 0 && target?.Find(directory) is { } node)
            {
                // Windows finds it under another case; what comes below gets the name that is there.
                resolved = node.Path + resolved[end..];
                existing.Add(node.IsDirectory ? node : throw NotDirectory(path, directory, target));
            }
            else
            {
                missing.Add(directory);
            }
        }

        WriteEntries(output, missing.Count == 0 ? [] : existing, missing, owner, time, isWindows);
        return missing.Count;
    }

    private static void WriteEntries(
        Stream output, List<FileNode> existing, List<string> missing, FileOwner owner, DateTimeOffset time, bool isWindows)
    {
        using var tar = new LayerTarWriter(output);
        foreach (var root in isWindows ? WindowsLayer.Roots(time) : [])
        {
            tar.WriteEntry(root);
        }

        foreach (var node in existing)
        {
            // Named with what it has below: the layer is stacked as a directory of its own.
            tar.WriteEntry(Shown(new TarEntry
            {
                Path = node.Path, Type = TarEntryType.Directory, Mode = node.Mode, Uid = node.Uid, Gid = node.Gid, ModificationTime = node.ModificationTime,
            }));
        }

        foreach (var directory in missing)
        {
            tar.WriteEntry(Shown(new TarEntry
            {
                Path = directory, Type = TarEntryType.Directory, Mode = 0b111_101_101, Uid = owner.Uid, Gid = owner.Gid, ModificationTime = time,
            }));
        }

        tar.Complete();
        TarEntry Shown(TarEntry entry) => isWindows ? WindowsLayer.Entry(entry) : entry;
    }

    private static ZLayerException NotDirectory(string path, string file, IFileTree target)
        => new(ZLayerErrorKind.BuildStepInvalid, $"WORKDIR {path}: '/{file}' is not a directory in {target.Description}.")
        {
            Subject = path,
            Advice = "Choose another directory, or remove the file in an earlier step.",
        };
}
