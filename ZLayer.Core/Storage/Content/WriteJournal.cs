using System.Globalization;
using System.Text;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// What entered the store or was used again, in order: <c>locks/written</c>, one digest a line. A lease notes how long the journal is when
/// it is opened; whatever stands behind that place was written while the lease lived, whatever clocks and file times say. What stands
/// before the place of the oldest living lease is forgotten.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class WriteJournal(StoreLayout layout)
{
    /// <summary>The file's name among the locks.</summary>
    public const string FileName = "written";

    // A journal that lost its beginning says so in its first line, so that places stay what they were.
    private const string StartMark = "# from ";
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly StoreLocks _locks = new(layout);

    private string FilePath => Path.Combine(layout.Locks, FileName);

    /// <summary>The place behind the last line.</summary>
    public long End
    {
        get
        {
            using var file = TryOpen();
            return file is null ? 0 : ReadStart(file, out var header) + file.Length - header;
        }
    }

    /// <summary>How many bytes the file has.</summary>
    public long Length => new FileInfo(FilePath) is { Exists: true } file ? file.Length : 0;

    /// <summary>Notes a blob or layer. The caller shares the collection lock.</summary>
    public void Add(Digest digest)
    {
        // The line break in front ends what a full disk may have cut short.
        var line = Encoding.ASCII.GetBytes($"\n{digest}\n");
        if (OperatingSystem.IsLinux())
        {
            // With O_APPEND lines of several processes follow each other.
            using var handle = FileHandles.OpenFile(
                FilePath, FileHandles.ReadWrite | FileHandles.Create | FileHandles.Append, OwnerReadWrite);
            using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            stream.Write(line);
            return;
        }

        using var alone = _locks.Acquire("append-" + FileName, shared: false);
        using var file = new FileStream(FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Write(line);
    }

    /// <summary>
    /// What was noted at this place or behind it. A place that the journal does not reach is of another journal: everything is meant then.
    /// </summary>
    public IReadOnlyList<Digest> ReadFrom(long place)
    {
        using var file = TryOpen();
        if (file is null)
        {
            return [];
        }

        var start = ReadStart(file, out var header);
        var isKnown = place >= start && place <= start + file.Length - header;
        file.Position = header + (isKnown ? place - start : 0);
        using var reader = new StreamReader(file, Encoding.ASCII);
        var digests = new HashSet<Digest>();
        while (reader.ReadLine() is { } line)
        {
            if (Digest.TryParse(line, out var digest))
            {
                digests.Add(digest);
            }
        }

        return [.. digests];
    }

    /// <summary>Forgets what stands before a place; null forgets all. The caller holds the collection lock alone.</summary>
    public void Forget(long? before)
    {
        if (before is not { } place)
        {
            File.Delete(FilePath);
            return;
        }

        var staged = Path.Combine(layout.Ingest, $"{Guid.NewGuid():N}.tmp");
        using (var file = TryOpen())
        {
            if (file is null || ReadStart(file, out var header) is var start && (place <= start || place > start + file.Length - header))
            {
                return;
            }

            file.Position = header + (place - start);
            using var shorter = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            shorter.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{StartMark}{place}\n")));
            file.CopyTo(shorter);
        }

        AtomicFile.Rename(staged, FilePath);
    }

    private FileStream? TryOpen()
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? new FileStream(FileHandles.OpenFile(FilePath, FileHandles.ReadOnly), FileAccess.Read, bufferSize: 0)
                : new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static long ReadStart(FileStream file, out int header)
    {
        Span<byte> head = stackalloc byte[64];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        var line = head.IndexOf((byte)'\n');
        header = 0;
        if (line <= 0 || !Encoding.ASCII.GetString(head[..line]).StartsWith(StartMark, StringComparison.Ordinal)
            || !long.TryParse(head[StartMark.Length..line], NumberStyles.None, CultureInfo.InvariantCulture, out var start))
        {
            return 0;
        }

        header = line + 1;
        return start;
    }
}
