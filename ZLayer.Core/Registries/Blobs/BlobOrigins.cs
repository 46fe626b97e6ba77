using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// Remembers which repositories hold a blob, because it was pulled from there or pushed there:
/// <c>cache/origins/&lt;algorithm&gt;/&lt;hex&gt;</c>, one <c>registry/repository</c> a line, the latest first. A push asks the registry to
/// mount from them. Nothing here is needed: what is lost or wrong costs an upload.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class BlobOrigins(StoreLayout layout)
{
    // More than a few repositories are not asked anyway.
    private const int MaximumOrigins = 8;

    private string Directory => Path.Combine(layout.Cache, "origins");

    /// <summary>The repositories of a registry that are believed to hold the blob, the latest first.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="registry">The registry as image references write it.</param>
    public IReadOnlyList<string> Find(Digest blob, string registry)
        => [.. Read(blob).Where(line => line.StartsWith(registry + "/", StringComparison.Ordinal))
            .Select(line => line[(registry.Length + 1)..])];

    /// <summary>Remembers that the repository of <paramref name="repository"/> holds the blob.</summary>
    public void Add(Digest blob, ImageReference repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var known = Read(blob);
        if (known is [var first, ..] && first == repository.Name)
        {
            return;
        }

        try
        {
            layout.EnsureCreated();
            var path = PathOf(blob);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var latest = known.Where(line => line != repository.Name).Prepend(repository.Name).Take(MaximumOrigins);
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Join('\n', latest) + "\n"));
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            // A hint that cannot be kept is not worth failing a transfer that succeeded.
        }
    }

    /// <summary>Forgets the blobs that <paramref name="isNeeded"/> says no to; collection calls this after its sweep.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Trim(Func<Digest, bool> isNeeded)
    {
        ArgumentNullException.ThrowIfNull(isNeeded);
        try
        {
            return TrimCore(isNeeded);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            return 0; // Another process trims, too, or the hints are not ours to delete: they do no harm.
        }
    }

    private string PathOf(Digest blob) => Path.Combine(Directory, blob.Algorithm, blob.Hex);

    private int TrimCore(Func<Digest, bool> isNeeded)
    {
        var forgotten = 0;
        foreach (var path in System.IO.Directory.Exists(Directory)
            ? System.IO.Directory.EnumerateFiles(Directory, "*", SearchOption.AllDirectories)
            : [])
        {
            var algorithm = Path.GetFileName(Path.GetDirectoryName(path));
            if (Digest.TryParse($"{algorithm}:{Path.GetFileName(path)}", out var digest) && !isNeeded(digest))
            {
                File.Delete(path);
                forgotten++;
            }
        }

        return forgotten;
    }

    private string[] Read(Digest blob)
    {
        try
        {
            return File.ReadAllText(PathOf(blob), Encoding.UTF8).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            return []; // Not known, or not readable: the same to whoever asks.
        }
    }
}
