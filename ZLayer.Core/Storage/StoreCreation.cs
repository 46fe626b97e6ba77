using ZLayer.Core.Foundation.Files;

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
                layout.Cache, layout.StepCache, layout.CacheMounts, layout.Containers, layout.Locks, layout.Leases])
            {
                CreateDirectory(directory);
            }

            WriteLayoutFile(Path.Combine(layout.Root, "oci-layout"));
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"create the data root {layout.Root}", layout.Root, e);
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
        if (!File.Exists(path))
        {
            AtomicFile.Write(path, """{"imageLayoutVersion":"1.0.0"}"""u8);
        }
    }
}
