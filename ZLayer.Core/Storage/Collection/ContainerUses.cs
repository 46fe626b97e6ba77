using System.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>What containers use: every digest that a JSON file of <c>containers/&lt;id&gt;/</c> names, an image's or a layer's.</summary>
internal static class ContainerUses
{
    /// <summary>One container.</summary>
    /// <param name="Id">Its id, the directory's name.</param>
    /// <param name="Digests">The digests that its files name.</param>
    /// <param name="Problem">Why its files could not be read; null when they could.</param>
    public sealed record Use(string Id, IReadOnlySet<Digest> Digests, string? Problem);

    /// <summary>All containers of a data root.</summary>
    public static IReadOnlyList<Use> Read(StoreLayout layout)
        => Directory.Exists(layout.Containers)
            ? [.. DirectoryNames.All(() => Directory.EnumerateDirectories(layout.Containers)).Order(StringComparer.Ordinal).Select(Read)]
            : [];

    private static Use Read(string directory)
    {
        var digests = new HashSet<Digest>();
        string? problem = null;
        try
        {
            foreach (var file in DirectoryNames.All(() => Directory.EnumerateFiles(directory, "*.json")))
            {
                AddDigests(File.ReadAllText(file, Encoding.UTF8), digests);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // The container has just been removed.
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            problem = $"The files of container {Path.GetFileName(directory)} cannot be read: {e.Message}";
        }

        return new Use(Path.GetFileName(directory), digests, problem);
    }

    private static void AddDigests(string text, HashSet<Digest> digests)
    {
        foreach (var (prefix, length) in ((string, int)[])[("sha256:", 64), ("sha512:", 128)])
        {
            for (var at = 0; (at = text.IndexOf(prefix, at, StringComparison.Ordinal)) >= 0; at += prefix.Length)
            {
                var end = Math.Min(text.Length, at + prefix.Length + length);
                if (Digest.TryParse(text[at..end], out var digest))
                {
                    digests.Add(digest);
                }
            }
        }
    }
}
