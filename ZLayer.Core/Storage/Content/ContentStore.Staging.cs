using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

// The part of the content store that makes and continues staged files.
internal sealed partial class ContentStore
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private ContentWriter? Stage(string path, ContentTarget target)
    {
        try
        {
            using var gate = IngestGate.Enter(_layout);
            if (OpenStaged(path) is not { } file)
            {
                return null;
            }

            try
            {
                return new ContentWriter(_layout, _locks, path, file, target);
            }
            catch
            {
                file.Dispose(); // With it goes its lock, for which others would wait.
                throw;
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store {(target.Expected.IsEmpty ? "new content" : target.Expected)}", _layout.Root, e);
        }
    }

    // The lock says that the owner lives: nobody else continues the file, and collection leaves it alone.
    private static SafeFileHandle? OpenStaged(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OpenStagedByShare(path);
        }

        while (true)
        {
            var file = FileHandles.OpenFile(path, FileHandles.ReadWrite | FileHandles.Create, OwnerReadWrite);
            var isOurs = false;
            try
            {
                if (!FileHandles.TryLock(file, shared: false, path))
                {
                    return null;
                }

                isOurs = FileHandles.IsNamed(file, path);
                if (isOurs)
                {
                    return file;
                }
            }
            finally
            {
                if (!isOurs)
                {
                    file.Dispose(); // Whoever held it has just given it its place or thrown it away; look again.
                }
            }
        }
    }

    private static SafeFileHandle? OpenStagedByShare(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Delete);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    // Who promises another size lies, unless the disk does; a blob that is damaged is written again.
    private bool HasSize(Digest digest, long? promised)
    {
        var size = promised is null ? null : GetSize(digest);
        if (size == promised)
        {
            return true;
        }

        if (size is null || IsDamaged(digest))
        {
            Delete(digest);
            return false;
        }

        throw new ZLayerException(ZLayerErrorKind.DigestMismatch, $"The content {digest} has {size} bytes, and {promised} were promised.")
        {
            Subject = digest.ToString(),
            Advice = "The source describes its content wrongly: whoever made the image has to make it again.",
        };
    }
}
