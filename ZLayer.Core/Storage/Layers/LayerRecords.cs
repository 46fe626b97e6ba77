using System.Text.Json;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Storage;

/// <summary>
/// Reads and changes the layer records. A record that is missing or damaged knows nothing: all of it can be found out again.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class LayerRecords(StoreLayout layout)
{
    private readonly StoreLocks _locks = new(layout);

    /// <summary>Where a layer's record is or would be. Its time of modification is when the layer was last used.</summary>
    public string PathOf(Digest diffId) => Path.Combine(layout.Layers, diffId.Hex + ".json");

    /// <summary>Where a layer's extracted directory is or would be.</summary>
    public string DirectoryOf(Digest diffId) => Path.Combine(layout.Layers, diffId.Hex);

    /// <summary>The name of the lock of one layer.</summary>
    public static string LockName(Digest diffId) => "layer-" + diffId.Hex;

    /// <summary>What is known about a layer.</summary>
    public LayerRecord Read(Digest diffId)
    {
        var record = TryRead(PathOf(diffId));
        return record is not null && record.DiffId == diffId ? record : new LayerRecord { DiffId = diffId };
    }

    /// <summary>All records, damaged ones left out.</summary>
    public IEnumerable<LayerRecord> Enumerate()
    {
        foreach (var path in StorageErrors.List(
            layout.Layers, () => Directory.Exists(layout.Layers) ? Directory.EnumerateFiles(layout.Layers, "*.json") : []))
        {
            if (TryRead(path) is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>Changes a record under the lock of its own, so that no change of another process is lost.</summary>
    public void Change(Digest diffId, Func<LayerRecord, LayerRecord> change)
    {
        layout.EnsureCreated();
        using var alone = _locks.Acquire("record-" + diffId.Hex, shared: false);

        // A collection relies on that no record changes as long as it holds the lock alone.
        using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
        var old = Read(diffId);
        var changed = change(old);
        try
        {
            if (changed != old || !File.Exists(PathOf(diffId)))
            {
                StagedFile.Write(
                    layout, PathOf(diffId), JsonSerializer.SerializeToUtf8Bytes(changed, StorageJson.Records.LayerRecord), flush: false);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"remember layer {diffId}", PathOf(diffId), e);
        }
    }

    /// <summary>Notes that a layer is used now; false when nothing is known of it. The caller shares the collection lock.</summary>
    public bool Touch(Digest diffId)
    {
        try
        {
            File.SetLastWriteTimeUtc(PathOf(diffId), layout.UtcNow);
            return Directory.Exists(DirectoryOf(diffId)) || Read(diffId).Blobs.Any(b => IsHere(b.Blob.Digest));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private bool IsHere(Digest blob) => File.Exists(layout.BlobPath(blob)) || new PieceFiles(layout).HasList(blob);

    /// <summary>What a record's file says; null when it is missing or damaged.</summary>
    internal static LayerRecord? TryRead(string path)
    {
        try
        {
            return CheckedJson.TryRead(File.ReadAllBytes(path), StorageJson.Records.LayerRecord, out var record)
                && record.Blobs.All(known => known.Blob.Size >= 0)
                ? record
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading("read what is known of a layer", path, e);
        }
    }
}
