using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage;

/// <summary>Creates the directories of a data root.</summary>
internal static class StoreCreation
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void Create(StoreLayout layout)
    {
        try
        {
            foreach (var directory in (string[])
                [layout.Root, layout.Blobs, Path.Combine(layout.Blobs, "sha256"), layout.References, layout.Layers, layout.Ingest,
                layout.Cache, layout.StepCache, layout.CacheMounts, layout.Pieces, layout.Containers, layout.Locks])
            {
                CreateDirectory(directory);
            }

            WriteLayoutFile(Path.Combine(layout.Root, "oci-layout"));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ZLayerException(ZLayerErrorKind.AccessDenied, $"Cannot create the data root {layout.Root}: {e.Message}", e)
            {
                Subject = layout.Root,
                Advice = "Choose a directory that you may write to with -Root, --root or ZLAYER_HOME.",
            };
        }
        catch (IOException e)
        {
            throw new ZLayerException(ZLayerErrorKind.StorageWriteFailed, $"Cannot create the data root {layout.Root}: {e.Message}", e)
            {
                Subject = layout.Root,
                Advice = "Check the disk, or choose another directory with -Root, --root or ZLAYER_HOME.",
            };
        }
    }

    private static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
    }

    private static void WriteLayoutFile(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        var staged = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(staged, Encoding.UTF8.GetBytes("""{"imageLayoutVersion":"1.0.0"}"""));
        File.Move(staged, path, overwrite: true);
    }
}
