using System.Collections.Concurrent;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// What was made of the files of <c>cache/remembered/</c> before, as long as they are the same: the biggest only while nobody needs the
/// space.
/// </summary>
internal sealed class FileMemoryCache
{
    private const long LargestFile = 1L << 30;
    private const long AlwaysHeld = 16L << 20;

    // With 100,000 images three of the six files take 100 MB together; to read them again takes as long as half a removal.
    private readonly long _largestHeld = Math.Max(AlwaysHeld, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 256);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    private sealed record Known(FileStamp Stamp, object? Held, WeakReference<object> Content);

    /// <summary>The content of a memory's file; an empty one where it cannot be read.</summary>
    public FileMemoryContent Read(string path) => Read(path, bytes => new FileMemoryContent(bytes), new FileMemoryContent([]));

    /// <summary>What <paramref name="make"/> makes of a file's bytes, which nobody changes afterwards.</summary>
    /// <param name="path">The file.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="none">What counts where the file is absent or cannot be read.</param>
    public T Read<T>(string path, Func<byte[], T> make, T none)
        where T : class
    {
        try
        {
            using var files = StampReader.Open(Path.GetDirectoryName(path)!);
            if (!files.TryRead(Path.GetFileName(path), out var stamp) || stamp.Size > LargestFile)
            {
                return none;
            }

            if (_known.TryGetValue(path, out var known) && known.Stamp == stamp && known.Content.TryGetTarget(out var content))
            {
                return (T)content;
            }

            var made = make(File.ReadAllBytes(path));
            _known[path] = new Known(stamp, stamp.Size <= _largestHeld ? made : null, new WeakReference<object>(made));
            return made;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            return none;
        }
    }
}
