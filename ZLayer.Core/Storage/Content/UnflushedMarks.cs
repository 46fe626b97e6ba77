using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// Remembers what was renamed into place without being flushed: empty files <c>ingest/unflushed/&lt;boot
/// id&gt;/&lt;kind&gt;-&lt;hex&gt;</c>. As long as the machine has not restarted, the kernel's view is right and the marks say nothing.
/// After a restart (another boot id) marked content is verified, or dropped where it can be made again, before the store is used.
/// </summary>
internal static class UnflushedMarks
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const string LayerPrefix = "layer-";

    // Linux writes dirty pages back after 30 seconds; then flushing finds nothing left to do and is free.
    private static readonly TimeSpan SettlingAge = TimeSpan.FromMinutes(5);

    /// <summary>Whether this system can tell its boots apart; where it cannot, everything is flushed at once.</summary>
    public static bool IsSupported { get; } = File.Exists(BootIdFile);

    /// <summary>Marks a blob; called before it gets its name.</summary>
    public static void AddBlob(StoreLayout layout, Digest digest) => Add(layout, $"{digest.Algorithm}-{digest.Hex}");

    /// <summary>Marks an extracted layer; called before it gets its name.</summary>
    public static void AddLayer(StoreLayout layout, string name) => Add(layout, LayerPrefix + name);

    /// <summary>
    /// Deals with what earlier boots left, and flushes old marks of this boot. Costs one directory listing when there is nothing.
    /// </summary>
    public static void Recover(StoreLayout layout)
    {
        if (!IsSupported || !Directory.Exists(MarkRoot(layout)))
        {
            return;
        }

        var current = CurrentDirectory(layout);
        foreach (var directory in DirectoryNames.All(() => Directory.EnumerateDirectories(MarkRoot(layout))))
        {
            if (directory == current)
            {
                continue;
            }

            using var alone = WaitForLock(layout);
            VerifyMarked(layout, directory);
        }

        if (Directory.Exists(current))
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => TrySettle(layout, SettlingAge), null);
        }
    }

    /// <summary>Flushes marked content that is older than <paramref name="age"/> and removes its marks.</summary>
    public static void Settle(StoreLayout layout, TimeSpan age)
    {
        var current = IsSupported ? CurrentDirectory(layout) : "";
        if (!Directory.Exists(current))
        {
            return;
        }

        var limit = DateTime.UtcNow - age;
        var marks = DirectoryNames.All(() => new DirectoryInfo(current).EnumerateFiles())
            .Where(mark => mark.LastWriteTimeUtc <= limit)
            .ToList();
        // One by one, so that a process that ends soon has done a part; extracted layers, which are many files, all at once.
        foreach (var mark in marks.Where(mark => !IsLayer(mark.Name)))
        {
            FlushBlob(layout, mark.Name);
            mark.Delete();
        }

        if (marks.FindAll(mark => IsLayer(mark.Name)) is { Count: > 0 } layers)
        {
            using var root = FileHandles.OpenFile(layout.Root, FileHandles.ReadOnly);
            FileHandles.FlushFileSystem(root, layout.Root);
            layers.ForEach(mark => mark.Delete());
        }
    }

    private static void FlushBlob(StoreLayout layout, string mark)
    {
        if (!TryParseBlob(mark, out var digest))
        {
            return;
        }

        try
        {
            using var blob = FileHandles.OpenFile(layout.BlobPath(digest), FileHandles.ReadOnly);
            FileHandles.FlushData(blob, layout.BlobPath(digest));
        }
        catch (FileNotFoundException)
        {
            TryFlushPieces(layout, digest);
        }
    }

    private static void TryFlushPieces(StoreLayout layout, Digest digest)
    {
        try
        {
            new PieceFiles(layout).Flush(digest);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Collected meanwhile.
        }
    }

    private static bool IsLayer(string mark) => mark.StartsWith(LayerPrefix, StringComparison.Ordinal);

    private static bool TryParseBlob(string mark, out Digest digest) => Digest.TryParse(mark.Replace('-', ':'), out digest);

    private static void TrySettle(StoreLayout layout, TimeSpan age)
    {
        try
        {
            Settle(layout, age);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // The marks stay, and with them the verification after the next restart: nothing is lost but a little time then.
        }
    }

    private static void Add(StoreLayout layout, string name)
    {
        var path = Path.Combine(CurrentDirectory(layout), name);
        while (true)
        {
            try
            {
                File.WriteAllBytes(path, []);
                return;
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
            {
                // Which of the two it is, the class library finds out later: another thread may have made the directory meanwhile.
                Directory.CreateDirectory(CurrentDirectory(layout));
            }
        }
    }

    private static void VerifyMarked(StoreLayout layout, string directory)
    {
        foreach (var mark in DirectoryNames.All<string>(() => Directory.Exists(directory) ? Directory.EnumerateFiles(directory) : []))
        {
            var name = Path.GetFileName(mark);
            if (IsLayer(name))
            {
                DiscardLayer(layout, name[LayerPrefix.Length..]);
            }
            else if (TryParseBlob(name, out var digest))
            {
                VerifyBlob(layout, digest);
            }

            File.Delete(mark);
        }

        if (Directory.Exists(directory))
        {
            Directory.Delete(directory);
        }
    }

    // Whatever else lies there is no mark: "layer-.." would discard the store.
    private static void DiscardLayer(StoreLayout layout, string name)
    {
        if (name.Length > 0 && name.All(char.IsAsciiLetterOrDigit))
        {
            Trash.Discard(layout, Path.Combine(layout.Layers, name));
        }
    }

    private static void VerifyBlob(StoreLayout layout, Digest digest)
    {
        var path = layout.BlobPath(digest);
        if (!File.Exists(path))
        {
            new PieceFiles(layout).Verify(digest);
            return;
        }

        Digest actual;
        using (var stream = File.OpenRead(path))
        using (var hash = ContentHash.Create(digest))
        {
            hash.Append(stream);
            actual = hash.Finish();
        }

        if (actual != digest)
        {
            File.Delete(path);
        }
    }

    private static LockHandle WaitForLock(StoreLayout layout)
    {
        while (true)
        {
            if (LockHandle.TryTake(Path.Combine(layout.Locks, "recovery"), shared: false) is { } held)
            {
                return held;
            }

            Thread.Sleep(20);
        }
    }

    private static string MarkRoot(StoreLayout layout) => Path.Combine(layout.Ingest, "unflushed");

    private static string CurrentDirectory(StoreLayout layout)
        => Path.Combine(MarkRoot(layout), File.ReadAllText(BootIdFile).Trim());
}
