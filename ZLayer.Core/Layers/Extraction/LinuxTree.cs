using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>
/// What is done to whole trees, by way of <see cref="LinuxTreeWalk"/>: nothing outside of the tree is touched, whatever the tree holds.
/// Linux.
/// </summary>
internal static unsafe class LinuxTree
{
    private const int OwnerBits = 0x1C0;

    // Whoever exchanges directories and links this often while they are removed wants it to fail.
    private const int MostAttempts = 16;

    /// <summary>
    /// Removes a file, a link, or a directory with everything in it, also where the mode of a directory forbids it to its owner.
    /// </summary>
    /// <param name="path">Links before its last component are followed; it need not exist.</param>
    /// <exception cref="ZLayerException">
    /// StorageWriteFailed or AccessDenied: something could not be removed, for example because it is mounted. Everything else is gone.
    /// </exception>
    public static void Remove(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = LinuxFiles.OpenDirectory(Path.GetDirectoryName(full) ?? full);
        if (parent < 0)
        {
            if (SystemCalls.LastError == SystemErrors.NotFound)
            {
                return;
            }

            throw LinuxFiles.Failure("Removing", path, isWrite: true);
        }

        try
        {
            if (!TryRemove(parent, LinuxFiles.ToName(Path.GetFileName(full)), path))
            {
                throw LinuxFiles.Failure("Removing", path, isWrite: true);
            }
        }
        finally
        {
            LinuxFiles.Close(parent);
        }
    }

    /// <summary>
    /// Removes a name, and everything in it when it is a directory; false, with the first reason in <see cref="SystemCalls.LastError"/>,
    /// when something is left. A name that is gone is removed.
    /// </summary>
    public static bool TryRemove(int parent, byte[] name, string path)
    {
        fixed (byte* start = name)
        {
            if (IsGone(SystemCalls.Unlink(parent, start, 0)))
            {
                return true;
            }

            if (SystemCalls.LastError != SystemErrors.IsDirectory)
            {
                return false;
            }

            var directory = OpenToRemove(parent, name);
            if (directory < 0)
            {
                return SystemCalls.LastError == SystemErrors.NotFound;
            }

            int error;
            try
            {
                error = RemoveContents(directory, path);
            }
            finally
            {
                LinuxFiles.Close(directory);
            }

            return IsGone(SystemCalls.Unlink(parent, start, LinuxFiles.UnlinkDirectory)) || LinuxFiles.Fail(error);
        }
    }

    /// <summary>
    /// The sum of the lengths of the regular files in an open directory and below. What cannot be read, or goes away meanwhile, counts
    /// nothing.
    /// </summary>
    public static long Measure(int directory, string path)
    {
        long sum = 0;
        try
        {
            using var walk = new LinuxTreeWalk(directory, path, staysOnMount: true);
            while (walk.MoveNext())
            {
                sum += walk.IsLeaving ? 0 : MeasureName(walk);
            }
        }
        catch (ZLayerException)
        {
            // A directory was moved or cannot be listed: what was found so far is the best answer.
        }

        return sum;
    }

    /// <summary>Gives everything in an open directory, and itself, one modification time. Links themselves are touched.</summary>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied.</exception>
    public static void SetTimes(int directory, string path, DateTimeOffset time)
    {
        using var walk = new LinuxTreeWalk(directory, path, staysOnMount: true);
        while (walk.MoveNext())
        {
            // What is done in a directory changes its time, so it comes after that.
            if (!walk.IsLeaving && walk.TryEnter())
            {
                continue;
            }

            fixed (byte* name = walk.Name)
            {
                if (LinuxFiles.SetTime(walk.Parent, name, time) != 0)
                {
                    throw LinuxFiles.Failure("Changing the time in", path, isWrite: true);
                }
            }
        }

        if (LinuxFiles.SetTime(directory, time) != 0)
        {
            throw LinuxFiles.Failure("Changing the time of", path, isWrite: true);
        }
    }

    /// <summary>
    /// Removes every name in an open directory and below that a program keeps its own things under, directories with everything in them.
    /// </summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name, with its NUL.</param>
    /// <param name="path">The path, for messages.</param>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied.</exception>
    public static void RemoveEach(int directory, byte[] name, string path)
    {
        using var walk = new LinuxTreeWalk(directory, path, staysOnMount: true);
        while (walk.MoveNext())
        {
            if (walk.IsLeaving)
            {
                continue;
            }

            if (!walk.Name.AsSpan().SequenceEqual(name))
            {
                _ = walk.TryEnter();
            }
            else if (!TryRemove(walk.Parent, name, path))
            {
                throw LinuxFiles.Failure("Removing", path, isWrite: true);
            }
        }
    }

    /// <summary>Removes what is in an open directory; the first error, 0 for none.</summary>
    private static int RemoveContents(int directory, string path)
    {
        using var walk = new LinuxTreeWalk(directory, path, staysOnMount: true);
        var first = 0;
        while (walk.MoveNext())
        {
            if (!(walk.IsLeaving ? TryUnlink(walk, LinuxFiles.UnlinkDirectory) : TryUnlinkOrEnter(walk)) && first == 0)
            {
                first = SystemCalls.LastError;
            }
        }

        return first;
    }

    // Somebody may put a link in a directory's place between two calls, or the other way round; neither call follows it.
    private static bool TryUnlinkOrEnter(LinuxTreeWalk walk)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryUnlink(walk, 0))
            {
                return true;
            }

            if (SystemCalls.LastError != SystemErrors.IsDirectory)
            {
                return false;
            }

            if (walk.TryEnter()
                || (SystemCalls.LastError == SystemErrors.AccessDenied && TryUnlock(walk.Parent, walk.Name) && walk.TryEnter()))
            {
                return true;
            }

            if (attempt == MostAttempts
                || SystemCalls.LastError is not (SystemErrors.NotDirectory or SystemErrors.TooManyLinks or SystemErrors.NotFound))
            {
                return false;
            }
        }
    }

    private static bool TryUnlink(LinuxTreeWalk walk, int flags)
    {
        fixed (byte* name = walk.Name)
        {
            return IsGone(SystemCalls.Unlink(walk.Parent, name, flags))
                || (SystemCalls.LastError == SystemErrors.AccessDenied
                    && (SystemCalls.ChangeMode(walk.Parent, OwnerBits) == 0 || LinuxFiles.Fail(SystemErrors.AccessDenied))
                    && IsGone(SystemCalls.Unlink(walk.Parent, name, flags)));
        }
    }

    private static int OpenToRemove(int parent, byte[] name)
    {
        var directory = LinuxFiles.OpenChildDirectory(parent, name, staysOnMount: true);
        return directory < 0 && SystemCalls.LastError == SystemErrors.AccessDenied && TryUnlock(parent, name)
            ? LinuxFiles.OpenChildDirectory(parent, name, staysOnMount: true)
            : directory;
    }

    /// <summary>
    /// Lets its owner read a directory. By a descriptor of the name alone and its path in /proc, as fchmodat(2) would follow a link that
    /// came into its place.
    /// </summary>
    private static bool TryUnlock(int parent, byte[] name)
    {
        int directory;
        fixed (byte* start = name)
        {
            directory = SystemCalls.OpenAt(
                parent, start, LinuxFiles.OpenPath | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenNoFollowFlag | LinuxFiles.OpenCloseOnExec, 0);
        }

        if (directory < 0)
        {
            return false;
        }

        try
        {
            fixed (byte* start = LinuxFiles.ToName($"/proc/self/fd/{directory}"))
            {
                return SystemCalls.ChangeMode(LinuxFiles.CurrentDirectory, start, OwnerBits, 0) == 0
                    || LinuxFiles.Fail(SystemErrors.AccessDenied);
            }
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private static bool IsGone(int result) => result == 0 || SystemCalls.LastError == SystemErrors.NotFound;

    private static long MeasureName(LinuxTreeWalk walk)
    {
        fixed (byte* name = walk.Name)
        {
            switch (LinuxFiles.Status(walk.Parent, name))
            {
                case { Type: LinuxFileStatus.RegularFile } file:
                    return (long)file.Size;
                case { Type: LinuxFileStatus.Directory }:
                    _ = walk.TryEnter();
                    return 0;
                default:
                    return 0;
            }
        }
    }
}
