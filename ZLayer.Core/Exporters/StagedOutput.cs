using ZLayer.Core.Errors;
using ZLayer.Core.Storage;

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
                StorageNative.Flush(file);
            }

            File.Move(staged, destination, overwrite: true);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot write {destination}", destination, e, isWrite: true);
        }
        finally
        {
            StorageErrors.TryDelete(staged);
        }
    }
}
