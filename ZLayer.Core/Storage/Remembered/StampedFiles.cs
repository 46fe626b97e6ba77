using System.IO.Enumeration;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>A file that was found.</summary>
/// <param name="Path">Below the directory, with '/'.</param>
/// <param name="Stamp">Its stamp.</param>
/// <param name="Error">Why it has none.</param>
internal readonly record struct StampedFile(string Path, FileStamp Stamp, IOException? Error = null);

/// <summary>
/// Finds all files below a directory with their stamps: directory by directory, each held open so that the kernel looks up single names,
/// and many of them at a time on all cores. Every name of a store is looked at so whenever an image is removed.
/// </summary>
internal static class StampedFiles
{
    // What one thread takes at a time. Less than a few of them is done before other threads have begun.
    private const int DirectoryShare = 16;
    private const int FileShare = 1024;
    private const int WorthSharing = 4;

    /// <summary>Makes something of a file; null leaves it out. Called by several threads.</summary>
    public delegate T? Maker<T>(ReadOnlySpan<char> name, in FileStamp stamp)
        where T : struct;

    /// <summary>Takes the files that are JSON by their names.</summary>
    public static StampedFile? IfJson(ReadOnlySpan<char> name, in FileStamp stamp)
        => name.EndsWith(".json") ? new StampedFile(name.ToString(), stamp) : null;

    /// <summary>What is made of the files of one directory, in no order; nothing where there is no such directory.</summary>
    /// <exception cref="IOException">The directory cannot be read, or the status of a file.</exception>
    public static IEnumerable<T> In<T>(string directory, Maker<T> make)
        where T : struct
    {
        var names = DirectoryNames.List(
            directory, (ref FileSystemEntry entry) => entry.FileName.ToString(), (ref FileSystemEntry entry) => !entry.IsDirectory);
        var made = new List<T>[(names.Count + FileShare - 1) / FileShare];
        using var stamps = StampReader.Open(directory);
        ForAll(made.Length, share =>
        {
            made[share] = [];
            foreach (var name in CollectionsMarshal.AsSpan(names)[(share * FileShare)..Math.Min(names.Count, (share + 1) * FileShare)])
            {
                if (stamps.TryRead(name, out var stamp) && make(name, stamp) is { } one)
                {
                    made[share].Add(one);
                }
            }
        });
        return made.SelectMany(part => part);
    }

    /// <summary>The files below a directory, in no order; none where there is no such directory.</summary>
    /// <exception cref="IOException">A directory cannot be read.</exception>
    public static IReadOnlyList<StampedFile> Below(string root)
    {
        if (!OperatingSystem.IsLinux())
        {
            return ByLibrary(root);
        }

        var found = new List<StampedFile>();
        for (List<string> level = [""]; level.Count > 0;)
        {
            var listings = ListAll(root, level);
            if (listings.Exists(listing => listing.HasOthers))
            {
                return ByLibrary(root); // Links may lead to directories; that is rare.
            }

            listings.ForEach(listing => found.AddRange(listing.Files));
            level = [.. listings.SelectMany(listing => listing.Directories)];
        }

        return found;
    }

    private sealed class Listing
    {
        public List<StampedFile> Files { get; } = [];

        public List<string> Directories { get; } = [];

        /// <summary>Whether there is what may be a directory or not.</summary>
        public bool HasOthers { get; set; }
    }

    private static List<Listing> ListAll(string root, List<string> directories)
    {
        var shares = new Listing[(directories.Count + DirectoryShare - 1) / DirectoryShare];
        ForAll(shares.Length, share =>
        {
            shares[share] = new Listing();
            for (var i = share * DirectoryShare; i < Math.Min(directories.Count, (share + 1) * DirectoryShare); i++)
            {
                List(root, directories[i], shares[share]);
            }
        });
        return [.. shares];
    }

    private static void ForAll(int count, Action<int> run)
    {
        if (count < WorthSharing || Environment.ProcessorCount == 1)
        {
            for (var share = 0; share < count; share++)
            {
                run(share);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, run);
        }
        catch (AggregateException e) when (StorageErrors.IsFileError(e.InnerExceptions[0]))
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static void List(string root, string directory, Listing into)
    {
        var path = Path.Combine(root, directory);
        var descriptor = LinuxFiles.OpenDirectory(path);
        if (descriptor < 0)
        {
            if (SystemCalls.LastError is not (SystemErrors.NotFound or SystemErrors.NotDirectory))
            {
                throw Failure(path);
            }

            return; // Somebody removed the last name in it meanwhile.
        }

        var stream = SystemCalls.OpenDirectoryStream(descriptor);
        if (stream == 0)
        {
            var failure = Failure(path);
            LinuxFiles.Close(descriptor);
            throw failure;
        }

        try
        {
            using var stamps = StampReader.On(path, descriptor);
            if (!LinuxDirectory.TryVisit(stream, (name, type) => Add(into, directory, name, type, stamps)))
            {
                throw Failure(path);
            }
        }
        finally
        {
            _ = SystemCalls.CloseDirectoryStream(stream);
        }
    }

    private static void Add(Listing into, string directory, ReadOnlySpan<byte> name, byte type, StampReader stamps)
    {
        if (type is LinuxDirectory.LinkType or 0)
        {
            into.HasOthers = true;
            return;
        }

        Span<char> text = stackalloc char[name.Length];
        text = text[..Encoding.UTF8.GetChars(name[..^1], text)];
        var path = directory.Length == 0 ? text.ToString() : string.Concat(directory, "/", text);
        if (type == LinuxDirectory.DirectoryType)
        {
            into.Directories.Add(path);
            return;
        }

        try
        {
            if (stamps.TryReadName(name, out var stamp))
            {
                into.Files.Add(new StampedFile(path, stamp));
            }
        }
        catch (IOException e)
        {
            into.Files.Add(new StampedFile(path, default, e));
        }
    }

    private static List<StampedFile> ByLibrary(string root)
    {
        var found = new List<StampedFile>();
        using var files = StampReader.Open(root);
        foreach (var path in DirectoryNames.FilesBelow(root))
        {
            try
            {
                if (files.TryRead(path, out var stamp))
                {
                    found.Add(new StampedFile(path, stamp));
                }
            }
            catch (IOException e)
            {
                found.Add(new StampedFile(path, default, e));
            }
        }

        return found;
    }

    private static IOException Failure(string path)
    {
        var error = SystemCalls.LastError;
        return new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);
    }
}
