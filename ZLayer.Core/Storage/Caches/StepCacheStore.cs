using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// The records of the step cache. A record that is damaged counts as absent. Finding a record does not protect its layers:
/// protect each by the build's lease, and take a refusal for a miss.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class StepCacheStore(StoreLayout layout)
{
    /// <summary>The record of a key, marked as used now; null when there is none.</summary>
    public StepRecord? Find(string key)
    {
        layout.Recover();
        var path = PathOf(key);
        var record = TryRead(path);
        if (record is null || record.Key != key)
        {
            return null;
        }

        try
        {
            File.SetLastWriteTimeUtc(path, layout.UtcNow);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // Pruned in this instant, or a root that may only be read: the record itself is good.
        }

        return record;
    }

    /// <summary>The latest record of a family; null when there is none.</summary>
    public StepRecord? FindLatest(string family)
    {
        try
        {
            var record = TryRead(PathOf(File.ReadAllText(FamilyPath(family))));
            return record?.Family == family ? record : null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e) || e is ZLayerException)
        {
            return null; // Only an explanation is lost.
        }
    }

    /// <summary>Keeps a record, replacing the one of the same key.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public void Put(string key, StepRecord record)
    {
        layout.EnsureCreated();
        var path = PathOf(key);
        try
        {
            StagedFile.Write(layout, path, JsonSerializer.SerializeToUtf8Bytes(record, StorageJson.Records.StepRecord), flush: false);
            if (record.Family is { } family)
            {
                StagedFile.Write(layout, FamilyPath(family), Encoding.ASCII.GetBytes(key), flush: false);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("keep a step cache record", path, e);
        }
    }

    /// <summary>All records, damaged ones left out.</summary>
    public IEnumerable<StepRecord> Enumerate()
    {
        foreach (var path in StorageErrors.List(
            layout.StepCache, () => Directory.Exists(layout.StepCache) ? Directory.EnumerateFiles(layout.StepCache, "*.json") : []))
        {
            if (TryRead(path) is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>What collection needs of all records, damaged ones left out: out of what is remembered of them.</summary>
    /// <param name="remember">Whether what was read is kept for the next time; false for who promised to write nothing.</param>
    internal IReadOnlyList<StepUse> Survey(bool remember = true)
    {
        var memory = FileMemory.Open(layout, "steps");
        var uses = new List<StepUse>();
        foreach (var file in StampedFiles.In(layout.StepCache, StampedFiles.IfJson))
        {
            if (Describe(memory, Path.Combine(layout.StepCache, file.Path), file.Stamp) is { } use)
            {
                uses.Add(use with { LastUsed = file.Stamp.ModifiedTime });
            }
        }

        if (remember)
        {
            memory.Save(complete: true);
        }

        return uses;
    }

    /// <summary>Forgets a record; false when there was none. Its layers are collected later, unless something else needs them.</summary>
    public bool Delete(string key)
    {
        var path = PathOf(key);
        try
        {
            var exists = File.Exists(path);
            File.Delete(path);
            return exists;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("delete a step cache record", path, e);
        }
    }

    /// <summary>Removes the pointers of families whose latest record is gone.</summary>
    internal void ForgetFamilies()
    {
        var families = Path.Combine(layout.StepCache, "families");
        foreach (var path in DirectoryNames.All<string>(() => Directory.Exists(families) ? Directory.EnumerateFiles(families) : []))
        {
            if (!File.Exists(Path.Combine(layout.StepCache, File.ReadAllText(path) + ".json")))
            {
                File.Delete(path);
            }
        }
    }

    private static StepUse? Describe(FileMemory memory, string path, in FileStamp stamp)
    {
        var key = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        if (memory.TryGet(key, stamp, out var known))
        {
            return StepUse.Decode(known.Span);
        }

        if (TryRead(path) is not { } record)
        {
            return null;
        }

        var use = new StepUse(record.Key, record.LastUsed, record.Size, [.. record.Layers.Select(DigestMarks.KeyOf)]);
        memory.Add(key, stamp, use.Encode());
        return use;
    }

    private static StepRecord? TryRead(string path)
    {
        try
        {
            var lastUsed = File.GetLastWriteTimeUtc(path);
            return CheckedJson.TryRead(File.ReadAllBytes(path), StorageJson.Records.StepRecord, out var record) && record.Size >= 0
                ? record with { LastUsed = lastUsed }
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // Not for damaged: whoever takes a record for absent gives up its layers.
            throw StorageErrors.Reading("read a step cache record", path, e);
        }
    }

    private string PathOf(string key)
        => key.Length is > 0 and <= 200 && key.All(char.IsAsciiLetterOrDigit)
            ? Path.Combine(layout.StepCache, key + ".json")
            : throw new ZLayerException(ZLayerErrorKind.InternalError, $"'{key}' is not a step cache key.") { Subject = key };

    private string FamilyPath(string family)
        => Path.Combine(layout.StepCache, "families", Digest.Of(Encoding.UTF8.GetBytes(family)).Hex);
}
