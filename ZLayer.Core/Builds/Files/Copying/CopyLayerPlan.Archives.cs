using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

// ADD of an archive: its entries are planned below the destination as if it were extracted by a process whose root is the destination.
internal sealed partial class CopyLayerPlan
{
    private bool TryUnpack(CopyMatch match)
    {
        if (!match.Root.IsFile || !ArchivePlan.IsArchive(match.Root))
        {
            return false;
        }

        var root = Resolve(_destination.Path);
        MakeDirectories(root, MadeDirectoryMode); // --chmod says nothing of what an archive is extracted into, nor of what it holds.
        var archive = new ArchivePlan(match.Root);
        using var reader = archive.OpenReader();
        for (var index = 0; PutNext(archive, root, reader, match, index); index++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
        }

        return true;
    }

    private bool PutNext(ArchivePlan archive, string root, LayerTarReader reader, CopyMatch match, int index)
    {
        try
        {
            if (reader.MoveNext() is not { } entry)
            {
                return false;
            }

            Put(archive, root, entry, index);
            return true;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive)
        {
            throw new ZLayerException(
                e.Kind, $"{_request.Instruction} {match.Source.Title ?? match.Source.Path}: {e.Message} ({_request.Location})", e)
            { Subject = _request.Location.ToString(), AdviceWords = e.AdviceWords
                ?? "Repair the archive, or copy it unopened with --unpack=false." };
        }
    }

    private void Put(ArchivePlan archive, string root, TarEntry entry, int index)
    {
        if (entry.Path.Length == 0)
        {
            return; // The destination itself keeps what it has.
        }

        var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
        RefuseName(name, entry.Type);
        var parent = ResolveBelow(root, FileTreePaths.Parent(entry.Path));
        MakeArchiveDirectories(parent);
        var path = AsThere(FileTreePaths.Join(parent, name));
        var existing = TypeOf(path);
        var planned = MakeEntry(archive, root, entry, index, path);
        if (entry.Type == TarEntryType.Directory && existing == TarEntryType.Directory && _byPath.TryGetValue(path, out var directory))
        {
            directory.Entry = planned.Entry;
            return;
        }

        if (existing is not null && !(entry.Type == TarEntryType.Directory && existing == TarEntryType.Directory))
        {
            WarnOfCase(path, name);
            RemoveTree(path, existing.Value);
        }

        Append(planned);
    }

    private PlannedEntry MakeEntry(ArchivePlan archive, string root, TarEntry entry, int index, string path)
    {
        var owner = _chown ?? new FileOwner(entry.Uid, entry.Gid);
        var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
        var planned = entry with
        {
            Path = path,
            Uid = owner.Uid,
            Gid = owner.Gid,
            ModificationTime = Clamp(entry.ModificationTime),
            ExtendedAttributes = KeptAttributes.Select(entry.ExtendedAttributes),
            PaxRecords = null,
        };
        if (entry.Type != TarEntryType.HardLink)
        {
            return new PlannedEntry
            {
                Entry = planned,
                Archive = entry.Type == TarEntryType.File ? archive : null,
                ArchiveIndex = index,
                SourceName = name,
            };
        }

        var target = entry.LinkTarget ?? "";
        var first = FileTreePaths.Join(ResolveBelow(root, FileTreePaths.Parent(target)), target[(target.LastIndexOf('/') + 1)..]);
        if (_byPath.TryGetValue(first, out var linked) && linked.Entry.Type != TarEntryType.Directory && first != path)
        {
            // A link to a link is one to the file that both are, unless it takes that name itself.
            if (linked.Entry is { Type: TarEntryType.HardLink, LinkTarget: { } file } && file != path)
            {
                (first, linked) = (file, _byPath[file]);
            }

            var link = new PlannedEntry { Entry = planned with { LinkTarget = first, Size = 0 }, SourceName = name };
            linked.Links.Add(link);
            return link;
        }

        return FindBelow(first) is { IsFile: true } below
            ? new PlannedEntry
            {
                Entry = planned with { Type = TarEntryType.File, LinkTarget = null, Size = below.Size },
                Below = below,
                SourceName = name,
            }
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArchive, $"'{entry.Path}' in the archive is a hard link to '{target}', which is not there.");
    }

    private void MakeArchiveDirectories(string path)
    {
        if (path.Length == 0 || TypeOf(path) == TarEntryType.Directory)
        {
            KeepDirectory(path);
            return;
        }

        if (TypeOf(path) is { } type)
        {
            RemoveTree(path, type);
        }

        MakeArchiveDirectories(FileTreePaths.Parent(path));
        Append(new PlannedEntry
        {
            Entry = new TarEntry { Path = path, Type = TarEntryType.Directory, Mode = MadeDirectoryMode, ModificationTime = Clamp(_request.CreationTime) },
        });
    }

    // Links that lead out of the destination stop at it: it is the root of whoever extracts.
    private string ResolveBelow(string root, string path)
    {
        string? ReadLink(string inner) => LinkTargetOf(FileTreePaths.Join(root, inner));
        return AsThere(FileTreePaths.Join(root, FileTreePaths.Resolve(ReadLink, path, followLast: true)));
    }

    private void RemoveTree(string path, TarEntryType type)
    {
        Replace(path);
        if (type != TarEntryType.Directory)
        {
            return;
        }

        _hidesBelow = true;
        var prefix = path + "/";
        foreach (var inside in _byPath.Keys.Where(p => p.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            Replace(inside);
        }
    }
}
