using ZLayer.Core.Errors;

namespace ZLayer.Core.Exporters;

/// <summary>Writes a file under a temporary name beside its final one and renames it when it is complete.</summary>
internal static class StagedOutput
{
    /// <summary>Writes to the file, or to <paramref name="stream"/> when the destination is <c>-</c>.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied, naming the file.</exception>
    public static void Write(string destination, Stream? stream, Action<Stream> write)
    {
        if (destination == "-")
        {
            write(stream!);
            stream!.Flush();
            return;
        }

        var staged = $"{destination}.{Guid.NewGuid():N}.partial";
        try
        {
            if (Path.GetDirectoryName(destination) is { Length: > 0 } directory)
            {
                Directory.CreateDirectory(directory);
            }

            using (var file = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 17))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(staged, destination, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ZLayerException(ZLayerErrorKind.AccessDenied, $"Cannot write {destination}: {e.Message}", e) { Subject = destination };
        }
        catch (IOException e)
        {
            const int NoSpace = 28;
            var full = (e.HResult & 0xFFFF) is NoSpace or 0x70 || e.Message.Contains("No space left", StringComparison.Ordinal);
            throw new ZLayerException(full ? ZLayerErrorKind.StorageFull : ZLayerErrorKind.StorageWriteFailed, $"Cannot write {destination}: {e.Message}", e)
            {
                Subject = destination,
                Advice = full ? "Free some space or choose another destination." : null,
            };
        }
        finally
        {
            File.Delete(staged);
        }
    }
}
