using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// Names of images: one small file a tag, holding a descriptor, replaced atomically, as git keeps its refs. An image that loses its last
/// name by a newer one taking it stays as an unnamed image until it is pruned.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed partial class ReferenceStore(StoreLayout layout)
{
    private const int ShortPath = 256;

    private readonly ContentStore _content = new(layout);
    private readonly StoreLocks _locks = new(layout);

    /// <summary>
    /// What a name points to; null when the store does not know it. A reference with a digest is found by that digest: as it was stored,
    /// among the tags of its repository, or as a manifest in the content store; its tag does not matter then.
    /// </summary>
    /// <exception cref="ZLayerException">StorageReadFailed or InvalidManifest when the reference's file is damaged.</exception>
    public Descriptor? Find(ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        layout.Recover();
        return ReadFile(ReferencePath.Of(layout.References, reference), reference.ToString())?.Target
            ?? (reference.Digest is { } digest ? FindByDigest(reference, digest) : null);
    }

    /// <summary>
    /// Points a name to an image, creating or replacing it. The caller holds a lease that protects the image, with all that it refers to.
    /// </summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument when the reference is pinned to another digest; StorageFull, StorageWriteFailed or AccessDenied.
    /// </exception>
    public void Set(ImageReference reference, Descriptor target) => Set(reference, target, registryDigests: []);

    /// <summary>
    /// Points a name to an image as <see cref="Set(ImageReference, Descriptor)"/> does, and notes where registries have it.
    /// </summary>
    internal void Set(ImageReference reference, Descriptor target, IReadOnlyList<string> registryDigests)
    {
        CheckPin(reference, target);
        layout.EnsureCreated();
        var path = ReferencePath.Of(layout.References, reference);
        try
        {
            // Until the image that loses the name is kept without one, nobody may collect it, and nobody else may replace or remove the
            // name.
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            using var alone = AcquireName(path);
            var old = TryReadFile(path);
            // An image that had lost its name brings along what was noted without one.
            var before = old?.Target.Digest == target.Digest ? old : TryReadFile(ReferencePath.OfUnnamed(layout.References, target.Digest));
            var digests = RegistryDigests.Union(before?.Digests ?? [], registryDigests);
            var bytes = OciJson.Serialize(RegistryDigests.Join(target, digests));
            if (old is not null)
            {
                if (bytes.AsSpan().SequenceEqual(OciJson.Serialize(RegistryDigests.Join(old.Target, old.Digests))) && TryRenew(path))
                {
                    return;
                }

                if (old.Target.Digest != target.Digest)
                {
                    Keep(old.Target, old.Digests);
                }
            }

            StagedFile.Write(layout, path, bytes, flush: true);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"set the name {reference.ToFamiliarString()}", path, e);
        }
    }

    /// <summary>Points a new name to an image; false, changing nothing, when the name exists.</summary>
    /// <exception cref="ZLayerException">As <see cref="Set(ImageReference, Descriptor)"/>.</exception>
    public bool TryAdd(ImageReference reference, Descriptor target)
    {
        CheckPin(reference, target);
        layout.EnsureCreated();
        var path = ReferencePath.Of(layout.References, reference);
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            return StagedFile.TryCreate(layout, path, OciJson.Serialize(target), flush: true);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"set the name {reference.ToFamiliarString()}", path, e);
        }
    }

    /// <summary>Keeps an image without a name, until it is pruned or removed by its id.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public void Keep(Descriptor target) => Keep(target, registryDigests: []);

    private void Keep(Descriptor target, IReadOnlyList<string> registryDigests)
    {
        layout.EnsureCreated();
        var path = ReferencePath.OfUnnamed(layout.References, target.Digest);
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            var digests = RegistryDigests.Union(TryReadFile(path)?.Digests ?? [], registryDigests);
            StagedFile.Write(layout, path, OciJson.Serialize(RegistryDigests.Join(target, digests)), flush: true);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"keep the image {target.Digest}", path, e);
        }
    }

    /// <summary>Removes a name; false when it did not exist.</summary>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied.</exception>
    public bool Remove(ImageReference reference) => Delete(ReferencePath.Of(layout.References, reference));

    /// <summary>Removes a name if it points to an image; false when it does not exist, or points to another one by now.</summary>
    /// <exception cref="ZLayerException">As <see cref="Remove(ImageReference)"/>, and as <see cref="Find"/>.</exception>
    internal bool Remove(ImageReference reference, Digest target)
    {
        layout.EnsureCreated();
        var path = ReferencePath.Of(layout.References, reference);
        using var alone = AcquireName(path);
        return ReadFile(path, reference.ToString())?.Target.Digest == target && Delete(path);
    }

    /// <summary>Stops keeping an image without a name; false when it was not kept so.</summary>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied.</exception>
    public bool Forget(Digest target) => Delete(ReferencePath.OfUnnamed(layout.References, target));

    /// <summary>
    /// All names, in the order of their text, then the unnamed images that no name points to. A damaged file is an error: use
    /// <paramref name="unreadable"/> to go on.
    /// </summary>
    /// <param name="unreadable">Called with the path of a file that cannot be read, and why.</param>
    public IReadOnlyList<StoredReference> Enumerate(Action<string, ZLayerException>? unreadable = null)
    {
        var names = Scan(unreadable).Select(name => name.ToReference(layout.References)).ToList();
        var named = names.Where(entry => entry.Reference is not null)
            .Select(entry => (Text: entry.Reference!.ToString(), Entry: entry))
            .ToList();
        named.Sort((a, b) => string.CompareOrdinal(a.Text, b.Text));
        var targets = named.Select(item => item.Entry.Target.Digest).ToHashSet();
        var unnamed = names.Where(entry => entry.Reference is null && !targets.Contains(entry.Target.Digest)).ToList();
        unnamed.Sort((a, b) => a.Target.Digest.CompareTo(b.Target.Digest));
        return [.. named.Select(item => item.Entry), .. unnamed];
    }

    /// <summary>
    /// All names and unnamed images as their files have them, in no order: what <see cref="Enumerate"/> makes its list of.
    /// </summary>
    /// <param name="unreadable">As there.</param>
    /// <param name="remember">Whether what was read is kept for the next time; false for who promised to write nothing.</param>
    internal IReadOnlyList<StoredName> Scan(Action<string, ZLayerException>? unreadable = null, bool remember = true)
    {
        layout.Recover();
        var memory = FileMemory.Open(layout, "names");
        var names = new List<StoredName>();
        try
        {
            foreach (var file in StampedFiles.Below(layout.References))
            {
                if (TryReadName(memory, file, unreadable) is { } name)
                {
                    names.Add(name);
                }
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            var error = StorageErrors.Reading("list the names of images", layout.References, e);
            (unreadable ?? throw error)(layout.References, error);
        }

        if (remember)
        {
            memory.Save(complete: true);
        }

        return names;
    }

    /// <summary>
    /// Removes the entries of unnamed images that have a name. Only for pruning unnamed ones: an image that loses its name meanwhile goes,
    /// too.
    /// </summary>
    internal void ForgetNamed()
    {
        var named = Scan((_, _) => { }).Where(name => !name.IsUnnamed).Select(name => name.Target.Digest).ToHashSet();
        foreach (var target in named.Where(digest => File.Exists(ReferencePath.OfUnnamed(layout.References, digest))))
        {
            Forget(target);
        }
    }

    private bool TryRenew(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, layout.UtcNow);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false; // Removed in this instant by another process.
        }
    }

    private static void CheckPin(ImageReference reference, Descriptor target)
    {
        if (reference.Digest is { } pinned && pinned != target.Digest)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot set the name {reference.ToFamiliarString()}: the image's digest is {target.Digest}.")
            {
                Subject = reference.ToString(),
                Advice = "Give the image a name with a tag.",
            };
        }
    }

    private IDisposable AcquireName(string path) => _locks.Acquire("name-" + Digest.Of(Encoding.UTF8.GetBytes(path)).Hex, shared: false);

    private StoredName? TryReadName(FileMemory memory, StampedFile found, Action<string, ZLayerException>? unreadable)
    {
        string File() => Path.Combine(layout.References, found.Path);
        try
        {
            return found.Error is null ? ReadName(memory, found.Path, found.Stamp) : throw found.Error;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            var error = StorageErrors.Reading($"read the name {found.Path}", File(), e);
            (unreadable ?? throw error)(File(), error);
        }
        catch (ZLayerException e) when (unreadable is not null)
        {
            unreadable(File(), e);
        }

        return null;
    }

    private StoredName? ReadName(FileMemory memory, string path, in FileStamp stamp)
    {
        Span<byte> key = path.Length <= ShortPath ? stackalloc byte[ShortPath * 3] : new byte[path.Length * 3];
        key = key[..Encoding.UTF8.GetBytes(path, key)];
        if (memory.TryGet(key, stamp, out var known))
        {
            return StoredName.Decode(path, known, stamp.ModifiedTime);
        }

        var file = Path.Combine(layout.References, path);
        var reference = ReferencePath.Parse(layout.References, file);
        if (reference is null && !StoredName.IsUnnamedPath(path))
        {
            memory.Add(key, stamp, StoredName.NoName);
            return null;
        }

        if (Read(file, reference?.ToString() ?? file) is not { } target)
        {
            return null;
        }

        var name = new StoredName(path, target, stamp.ModifiedTime);
        memory.Add(key, stamp, name.Encode());
        return name;
    }

    private Descriptor? FindByDigest(ImageReference reference, Digest digest)
    {
        var tags = Path.Combine(ReferencePath.OfRepository(layout.References, reference), ReferencePath.Tags);
        foreach (var path in StorageErrors.List(tags, () => Directory.Exists(tags) ? Directory.EnumerateFiles(tags) : []))
        {
            if (ReadFile(path, path) is { } found && found.Target.Digest == digest)
            {
                return found.Target;
            }
        }

        return FindManifest(digest);
    }

    private Descriptor? FindManifest(Digest digest)
    {
        if (_content.GetSize(digest) is not { } size || size > OciJson.MaximumDocumentSize)
        {
            return null;
        }

        var mediaType = OciJson.DetectMediaType(_content.ReadDocument(digest, digest.ToString()));
        return MediaTypes.IsManifest(mediaType) || MediaTypes.IsIndex(mediaType)
            ? new Descriptor { MediaType = mediaType!, Digest = digest, Size = size }
            : null;
    }

    private sealed record NameFile(Descriptor Target, IReadOnlyList<string> Digests);

    private static NameFile? ReadFile(string path, string subject)
        => Read(path, subject) is { } stored && RegistryDigests.Split(stored) is var (target, digests)
            ? new NameFile(target, digests)
            : null;

    private static NameFile? TryReadFile(string path)
    {
        try
        {
            return ReadFile(path, path);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidManifest)
        {
            return null; // What is damaged is about to be replaced.
        }
    }

    private static Descriptor? Read(string path, string subject)
    {
        try
        {
            return OciJson.ParseDescriptor(File.ReadAllBytes(path), subject);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading($"read the name {subject}", path, e);
        }
    }

    private bool Delete(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return false;
            }

            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            return false; // Another process removed the name, and its empty directory, meanwhile.
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("remove a name", path, e);
        }

        RemoveEmptyDirectories(Path.GetDirectoryName(path)!);
        return true;
    }

    // Removing a directory that is not empty fails in the kernel, so nothing is lost when another process adds a name meanwhile;
    // and whoever finds its directory gone creates it again.
    private void RemoveEmptyDirectories(string directory)
    {
        try
        {
            for (; directory.Length > layout.References.Length; directory = Path.GetDirectoryName(directory)!)
            {
                Directory.Delete(directory);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // Not empty, or gone; or it stays, which harms nobody.
        }
    }
}
