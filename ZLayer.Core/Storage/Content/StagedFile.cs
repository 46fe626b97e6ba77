using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>Writes small files atomically: staged in <c>ingest/</c> under a unique name, flushed, renamed into place.</summary>
internal static class StagedFile
{
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
        using var gate = IngestGate.Enter(layout);
        var options = new AtomicFileOptions
        {
            Staged = Path.Combine(layout.Ingest, $"{Guid.NewGuid():N}.tmp"), Flush = flush, MustBeNew = !overwrite,
        };
        return AtomicFile.Write(path, content, options);
    }
}
