using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// Files that get their name when they are whole: what is written is staged under a name of its own and renamed. A failure leaves nothing
/// behind, and a file that was there as it was.
/// </summary>
internal static class AtomicFile
{
    private const int MostAttempts = 1000;

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Where the file goes.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="options">How it is written.</param>
    /// <returns>False when it exists and must not.</returns>
    public static bool Write(string path, ReadOnlySpan<byte> content, AtomicFileOptions? options = null)
        => Write(path, content, static (file, bytes) => file.Write(bytes), options);

    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte}, AtomicFileOptions?)"/>
    /// <param name="path">Where the file goes.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="options">How it is written.</param>
    public static bool Write(string path, Action<FileStream> write, AtomicFileOptions? options = null)
        => Write(path, write, static (file, write) => write(file), options);

    /// <summary>Gives a staged file its name; its directory is created where it is missing.</summary>
    /// <param name="staged">The file: on the same file system.</param>
    /// <param name="path">Its name.</param>
    /// <param name="overwrite">Whether it replaces what has the name.</param>
    /// <returns>
    /// False when the name is taken and may not be, decided by the file system and so right between processes; the staged file is gone.
    /// </returns>
    public static bool Rename(string staged, string path, bool overwrite = true)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(staged, path, overwrite);
                return true;
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && File.Exists(staged))
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

    /// <summary>A name beside a file, for what becomes it: hidden, and short enough where the file's is as long as names may be.</summary>
    public static string NameBeside(string path)
    {
        const int Longest = 40;
        var name = Path.GetFileName(path.AsSpan());
        var start = name.Length <= Longest ? name : name[..(char.IsHighSurrogate(name[Longest - 1]) ? Longest - 1 : Longest)];
        return Path.Combine(Path.GetDirectoryName(path) ?? "", $".{start}.{Guid.NewGuid():N}.tmp");
    }

    /// <summary>Deletes a file where that is tidying up, and whoever fails at it has said so already or can leave it.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            // It stays; nothing refers to it.
        }
    }

    private static bool Write<T>(string path, T content, Action<FileStream, T> write, AtomicFileOptions? options)
        where T : allows ref struct
    {
        var staged = options?.Staged ?? NameBeside(path);
        try
        {
            using (var file = new FileStream(staged, Creating(options?.Mode)))
            {
                write(file, content);
                if (options is { Flush: true })
                {
                    FileHandles.Flush(file);
                }
            }

            return Rename(staged, path, options is not { MustBeNew: true });
        }
        catch
        {
            TryDelete(staged);
            throw;
        }
    }

    private static FileStreamOptions Creating(UnixFileMode? mode)
    {
        var creating = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0,
        };
        if (mode is not null && !OperatingSystem.IsWindows())
        {
            creating.UnixCreateMode = mode;
        }

        return creating;
    }

    // Another process may remove the directory or a parent between any two system calls, which shows as one or the other error; the caller
    // tries again.
    private static void TryCreateDirectory(string directory, bool isLast)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (IOException e) when (!isLast && !SystemErrors.IsFull(e))
        {
        }
    }
}

/// <summary>How an <see cref="AtomicFile"/> is written.</summary>
internal sealed record AtomicFileOptions
{
    /// <summary>Where it is staged: on the same file system; null for a name beside its own.</summary>
    public string? Staged { get; init; }

    /// <summary>Whether it must be on the disk before it gets its name.</summary>
    public bool Flush { get; init; }

    /// <summary>Whether a file that has the name stays.</summary>
    public bool MustBeNew { get; init; }

    /// <summary>The mode that it has from its first byte on; null for what the process's umask leaves. Not on Windows.</summary>
    public UnixFileMode? Mode { get; init; }
}
