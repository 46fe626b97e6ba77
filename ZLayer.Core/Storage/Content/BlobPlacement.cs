using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>Renames verified content to its name among the blobs.</summary>
internal static class BlobPlacement
{
    private const UnixFileMode ReadOnlyMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Gives a staged file its name. A blob of its size that is already there wins over one that is not flushed: it is marked as used now,
    /// and the staged file goes. A flushed one, verified just now, replaces it. Shares the collection lock, so that a collection cannot
    /// delete what this call has just found or made.
    /// </summary>
    public static void Place(StoreLayout layout, StoreLocks locks, string staged, Digest digest, long size, bool deferred)
    {
        var path = layout.BlobPath(digest);
        using var collection = locks.Acquire(StoreLocks.Collection, shared: true);
        var journal = new WriteJournal(layout);
        var existing = new FileInfo(path);
        if (deferred && existing.Exists && existing.Length == size)
        {
            File.SetLastWriteTimeUtc(path, layout.UtcNow);
            File.Delete(staged);
            journal.Add(digest);
            return;
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(staged, ReadOnlyMode);
        }

        // A digest counts as used from the moment it is there, not from when the download of its first byte was.
        File.SetLastWriteTimeUtc(staged, layout.UtcNow);
        if (deferred)
        {
            UnflushedMarks.AddBlob(layout, digest);
        }

        // First the note, then the name: what a living lease protects must never be there without it.
        journal.Add(digest);
        AtomicFile.Rename(staged, path);
    }
}
