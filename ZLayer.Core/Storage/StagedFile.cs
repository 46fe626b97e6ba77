using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>Writes small files atomically: staged in <c>ingest/</c> under a unique name, flushed, renamed into place.</summary>
internal static class StagedFile
{
    private const int MostAttempts = 1000;

    /// <summary>Creates or replaces <paramref name="path"/>; its directory is created where it is missing.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="path">Where the file goes: on the data root's file system.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="flush">Whether it must be on the disk before it gets its name.</param>
    public static void Write(StoreLayout layout, string path, ReadOnlySpan<byte> content, bool flush)
        => WriteCore(layout, path, content, flush, overwrite: true);

    /// <summary>Creates <paramref name="path"/>; false when it exists, decided by the file system and so right between processes.</summary>
    public static bool TryCreate(StoreLayout layout, string path, ReadOnlySpan<byte> content, bool flush)
        => WriteCore(layout, path, content, flush, overwrite: false);

    private static bool WriteCore(StoreLayout layout, string path, ReadOnlySpan<byte> content, bool flush, bool overwrite)
    {
        var staged = Path.Combine(layout.Ingest, $"{Guid.NewGuid():N}.tmp");
        using var gate = IngestGate.Enter(layout);
        try
        {
            using (var stream = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
            {
                stream.Write(content);
                if (flush)
                {
                    FileHandles.Flush(stream);
                }
            }

            return Rename(staged, path, overwrite);
        }
        catch
        {
            StorageErrors.TryDelete(staged);
            throw;
        }
    }

    private static bool Rename(string staged, string path, bool overwrite)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(staged, path, overwrite);
                return true;
            }
            catch (Exception e) when (IsNotFound(e) && File.Exists(staged))
            {
                // The directory was never there, or another process has just cleaned it away because it was empty.
                TryCreateDirectory(Path.GetDirectoryName(path)!, isLast: attempt == MostAttempts);
            }
            catch (IOException) when (!overwrite && File.Exists(path))
            {
                File.Delete(staged);
                return false;
            }
        }
    }

    // Another process may remove the directory or a parent between any two system calls, which shows as one or the other error; the caller tries again.
    private static void TryCreateDirectory(string directory, bool isLast)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (IOException e) when (!isLast && !StorageErrors.IsFull(e))
        {
        }
    }

    private static bool IsNotFound(Exception error) => error is DirectoryNotFoundException or FileNotFoundException;
}
