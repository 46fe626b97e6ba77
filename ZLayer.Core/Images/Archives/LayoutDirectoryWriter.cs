using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Adds blobs and names to an image layout that is a directory. The index is replaced last and at once: before that nothing new is there.
/// </summary>
internal sealed class LayoutDirectoryWriter(string directory)
{
    /// <summary>Writes blobs that are missing, then the index with the new entries beside the old ones of other names.</summary>
    public void Write(IEnumerable<(string Path, Action<Stream> Write)> blobs, IReadOnlyList<Descriptor> entries)
    {
        try
        {
            var old = ReadIndex();
            Directory.CreateDirectory(directory);
            foreach (var (path, write) in blobs)
            {
                var file = Path.Combine(directory, path.Replace('/', Path.DirectorySeparatorChar));
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                if (!File.Exists(file))
                {
                    AtomicFile.Write(file, write);
                }
            }

            AtomicFile.Write(Path.Combine(directory, "oci-layout"), LayoutIndex.LayoutFile);
            var merged = LayoutIndex.Index([.. old.Where(entry => !entries.Any(added => IsReplaced(entry, added))), .. entries]);
            AtomicFile.Write(Path.Combine(directory, "index.json"), merged);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"write the image layout {directory}", directory, e);
        }
    }

    private static bool IsReplaced(Descriptor old, Descriptor added)
        => NameOf(old) is { } name ? name == NameOf(added) : old.Digest == added.Digest;

    private static string? NameOf(Descriptor entry)
        => entry.Annotations?.GetValueOrDefault(LayoutIndex.ImageName) ?? entry.Annotations?.GetValueOrDefault(LayoutIndex.RefName);

    private IReadOnlyList<Descriptor> ReadIndex()
    {
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            return [];
        }

        var index = Path.Combine(directory, "index.json");
        if (!File.Exists(Path.Combine(directory, "oci-layout")) || !File.Exists(index))
        {
            throw new ZLayerException(ZLayerErrorKind.FileExists, $"Cannot write an image layout to {directory}: something else is in it.")
            {
                Subject = directory,
                Advice = "Choose a new or empty directory, or one that holds an image layout.",
            };
        }

        return OciJson.ParseIndex(File.ReadAllBytes(index), directory).Manifests;
    }
}
