using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Decides the entries of a COPY's layer: where each file goes in the stage below, what it replaces, which directories are made on the way.
/// The rules are BuildKit's. Every directory above an entry is in the layer too, with what it has below, so that stacking the layer changes
/// none.
/// </summary>
internal sealed partial class CopyLayerPlan
{
    private const int MadeDirectoryMode = 0b111_101_101;
    private const int PermissionBits = 0b111_111_111;

    private readonly CopyRequest _request;
    private readonly CopyDestination _destination;
    private readonly IFileTree? _target;
    private readonly FileModeChange? _chmod;
    private readonly FileOwner? _chown;
    private readonly CancellationToken _cancellationToken;
    private readonly List<PlannedEntry> _entries = [];
    private readonly Dictionary<string, PlannedEntry> _byPath;
    private bool _hidesBelow;

    private CopyLayerPlan(CopyRequest request, CopyDestination destination, IFileTree? target, CancellationToken cancellationToken)
    {
        _request = request;
        _destination = destination;
        _target = target;
        _cancellationToken = cancellationToken;
        _byPath = new(request.IsWindows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        _chmod = request.Chmod is null ? null : FileModeChange.Parse(request.Chmod, request);
        _chown = request.Chown is null ? null : OwnerLookup.Find(request.Chown, target, request);
    }

    /// <summary>Plans a layer.</summary>
    /// <returns>The entries in the order of the tar stream; replaced ones are to be skipped.</returns>
    public static IReadOnlyList<PlannedEntry> Make(
        CopyRequest request, CopyDestination destination, IReadOnlyList<CopyMatch> matches, IFileTree? target, CancellationToken cancellationToken)
    {
        var plan = new CopyLayerPlan(request, destination, target, cancellationToken);
        foreach (var match in matches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!match.Source.Unpack || !plan.TryUnpack(match))
            {
                plan.Copy(match);
            }
        }

        plan.MarkDirectoryLinks();
        return plan._entries;
    }

    private void Copy(CopyMatch match)
    {
        var root = match.Root;
        MakeDirectories(Resolve(_destination.IsDirectory ? _destination.Path : FileTreePaths.Parent(_destination.Path)));
        var path = Resolve(_destination.Path);
        var there = TypeOf(path);
        if (root.IsDirectory ? !match.Source.IsPattern && there is not null : there == TarEntryType.Directory)
        {
            path = AsThere(FileTreePaths.Join(path, match.Name));
        }

        MakeDirectories(match.Source.IsPattern && root.IsDirectory && there is null ? path : FileTreePaths.Parent(path));
        CopyItems(match, path);
    }

    private void CopyItems(CopyMatch match, string path)
    {
        var paths = new string[match.Items.Length];
        var below = new bool[match.Items.Length];
        for (var i = 0; i < paths.Length; i++)
        {
            ref readonly var item = ref match.Items[i];
            paths[i] = i == 0 ? path : AsThere(FileTreePaths.Join(paths[item.Parent], item.Node.Name));
            below[i] = i == 0 || below[item.Parent] ? IsBelow(paths[i]) : false;
            if (i == 0 && item.Node.IsDirectory && (below[i] || _byPath.ContainsKey(path)))
            {
                MergeInto(path, item.Node);
            }
            else if (item.Node.IsDirectory)
            {
                PutDirectory(match, i, paths[i], below[i]);
            }
            else
            {
                PutFile(match, i, paths[i], below[i]);
            }
        }
    }

    // The directory that a source directory's content goes into keeps what it has; one made for this copy gets the source's time.
    private void MergeInto(string path, FileNode source)
    {
        if (TypeOf(path) != TarEntryType.Directory)
        {
            throw NotDirectory(path);
        }

        KeepDirectory(path);
        if (_byPath.TryGetValue(path, out var entry) && entry.IsMade)
        {
            entry.Entry = entry.Entry with { ModificationTime = Clamp(source.ModificationTime) };
        }
    }

    private void PutDirectory(CopyMatch match, int index, string path, bool isBelow)
    {
        var item = match.Items[index];
        RefuseOnWindows(item.Node.Name, item.Node.Type);
        var exists = isBelow || _byPath.ContainsKey(path);
        if (exists && TypeOf(path) != TarEntryType.Directory)
        {
            throw NotDirectory(path);
        }

        var entry = MakeEntry(match, item.Node, path);
        if (exists && item.OnlyAsParent)
        {
            KeepDirectory(path);
            entry = _byPath[path].Entry with { Mode = item.Node.Mode };
        }

        if (_byPath.TryGetValue(path, out var planned))
        {
            planned.Entry = entry;
        }
        else
        {
            Append(new PlannedEntry { Entry = entry });
        }
    }

    private void PutFile(CopyMatch match, int index, string path, bool isBelow)
    {
        var node = match.Items[index].Node;
        RefuseName(node.Name, node.Type);
        if ((isBelow || _byPath.ContainsKey(path)) && TypeOf(path) == TarEntryType.Directory)
        {
            throw Failure(
                $"'/{path}' is a directory, and the file '{node.Path}' cannot replace it", "Remove the directory in an earlier step, or copy to another name.");
        }

        var name = index == 0 ? match.Name : node.Name;
        WarnOfCase(path, name);
        Replace(path);
        Append(new PlannedEntry { Entry = MakeEntry(match, node, path), Match = node.IsFile
            ? match
            : null, Item = index, SourceName = name });
    }

    private TarEntry MakeEntry(CopyMatch match, FileNode node, string path)
    {
        var owner = _chown ?? (match.Source.ResetOwner ? FileOwner.Root : new FileOwner(node.Uid, node.Gid));
        return new TarEntry
        {
            Path = path,
            Type = node.Type,
            Mode = node.Type == TarEntryType.SymbolicLink ? PermissionBits : _chmod?.Apply(node.Mode, node.IsDirectory) ?? node.Mode,
            Uid = owner.Uid,
            Gid = owner.Gid,
            Size = node.Size,
            ModificationTime = Clamp(node.ModificationTime),
            LinkTarget = node.LinkTarget,
            DeviceMajor = node.DeviceMajor,
            DeviceMinor = node.DeviceMinor,
        };
    }

    private void MakeDirectories(string path) => MakeDirectories(path, (_chmod?.Octal ?? MadeDirectoryMode) & PermissionBits);

    private void MakeDirectories(string path, int mode)
    {
        if (path.Length == 0)
        {
            return;
        }

        switch (TypeOf(path))
        {
            case TarEntryType.Directory:
                KeepDirectory(path);
                return;
            case not null:
                throw NotDirectory(path);
        }

        MakeDirectories(FileTreePaths.Parent(path), mode);
        var owner = _chown ?? FileOwner.Root;
        Append(new PlannedEntry
        {
            Entry = new TarEntry
            {
                Path = path,
                Type = TarEntryType.Directory,
                Mode = mode,
                Uid = owner.Uid,
                Gid = owner.Gid,
                ModificationTime = Clamp(_request.CreationTime),
            },
            IsMade = true,
        });
    }

    // A layer is stacked as a directory of its own: a directory that it names at all must say what the one below says.
    private void KeepDirectory(string path)
    {
        if (path.Length == 0 || _byPath.ContainsKey(path))
        {
            return;
        }

        KeepDirectory(FileTreePaths.Parent(path));
        if (FindBelow(path) is { } node)
        {
            Append(new PlannedEntry
            {
                Entry = new TarEntry
                {
                    Path = path,
                    Type = TarEntryType.Directory,
                    Mode = node.Mode,
                    Uid = node.Uid,
                    Gid = node.Gid,
                    ModificationTime = Clamp(node.ModificationTime),
                },
            });
        }
    }

    private void Append(PlannedEntry entry)
    {
        _entries.Add(entry);
        _byPath[entry.Entry.Path] = entry;
    }

    // A file with hard links goes on under the name of the first of them, at its old place: there its archive is read.
    private void Replace(string path)
    {
        if (!_byPath.Remove(path, out var entry))
        {
            return;
        }

        var links = entry.Links.Where(link => !link.IsReplaced).ToList();
        if (links.Count == 0)
        {
            entry.IsReplaced = true;
            return;
        }

        var name = links[0].Entry.Path;
        links[0].IsReplaced = true;
        entry.Entry = entry.Entry with { Path = name };
        entry.Links.Clear();
        entry.Links.AddRange(links.Skip(1).Concat(links[0].Links));
        _byPath[name] = entry;
        foreach (var link in entry.Links)
        {
            link.Entry = link.Entry with { LinkTarget = name };
        }
    }

    // What the sources tell apart may be one file on Windows.
    private void WarnOfCase(string path, string name)
    {
        if (_request.IsWindows && _byPath.TryGetValue(path, out var earlier) && earlier.SourceName is { } other
            && other != name && other.Equals(name, StringComparison.OrdinalIgnoreCase))
        {
            _request.Warning?.Invoke(
                $"{_request.Instruction} to {_request.Destination}: '{name}' takes the place of '{other}' at '/{path}': names that differ in case only are one on Windows ({_request.Location}).");
        }
    }

    private string Resolve(string path) => AsThere(FileTreePaths.Resolve(LinkTargetOf, path, followLast: true));

    // Windows finds a file whatever the case of the letters: what is there keeps its name.
    private string AsThere(string path)
    {
        if (!_request.IsWindows || path.Length == 0)
        {
            return path;
        }

        var written = FileTreePaths.Join(AsThere(FileTreePaths.Parent(path)), path[(path.LastIndexOf('/') + 1)..]);
        return _byPath.TryGetValue(written, out var entry) ? entry.Entry.Path : FindBelow(written)?.Path ?? written;
    }

    // On Windows a link says itself whether it leads to a directory.
    private void MarkDirectoryLinks()
    {
        foreach (var entry in _entries.Where(e => _request.IsWindows && e.Entry.Type == TarEntryType.SymbolicLink))
        {
            var target = TargetOf(entry.Entry);
            try
            {
                entry.LeadsToDirectory = TypeOf(
                    Resolve(target.StartsWith('/')
                        ? target
                        : $"{FileTreePaths.Parent(entry.Entry.Path)}/{target}")) == TarEntryType.Directory;
            }
            catch (ZLayerException)
            {
                // A loop of links leads nowhere; it is copied as it is.
            }
        }
    }

    private string? LinkTargetOf(string path)
        => _byPath.TryGetValue(path, out var entry)
            ? entry.Entry.Type == TarEntryType.SymbolicLink ? TargetOf(entry.Entry) : null
            : FindBelow(path)?.LinkTarget;

    private string TargetOf(TarEntry link) => _request.IsWindows ? WindowsFileTree.WithoutDrive(link.LinkTarget!) : link.LinkTarget!;

    private TarEntryType? TypeOf(string path)
        => path.Length == 0 ? TarEntryType.Directory : _byPath.TryGetValue(path, out var entry) ? entry.Entry.Type : FindBelow(path)?.Type;

    private bool IsBelow(string path) => path.Length == 0 || FindBelow(path) is not null;

    private FileNode? FindBelow(string path)
    {
        if (_target is null)
        {
            return null;
        }

        for (var parent = path; _hidesBelow && parent.Length > 0; parent = FileTreePaths.Parent(parent))
        {
            if (_byPath.TryGetValue(parent, out var entry) && entry.Entry.Type != TarEntryType.Directory)
            {
                return null;
            }
        }

        return _target.Find(path);
    }

    private DateTimeOffset Clamp(DateTimeOffset time) => _request.Clamp(time);

    // A layer says with such names what it removes (OCI image specification, "Whiteouts"): it cannot hold them as files.
    private void RefuseWhiteout(string name)
    {
        if (name.StartsWith(".wh.", StringComparison.Ordinal))
        {
            throw Failure(
                $"a layer cannot hold a file named '{name}': names that begin with '.wh.' mean removal", "Exclude the file, or give it another name.");
        }
    }

    private void RefuseName(string name, TarEntryType type)
    {
        RefuseWhiteout(name);
        RefuseOnWindows(name, type);
    }

    private void RefuseOnWindows(string name, TarEntryType type)
    {
        if (_request.IsWindows && WindowsPaths.Refuse(name) is { } reason)
        {
            throw Failure($"'{name}' cannot be in a Windows image: {reason}", "Exclude the file, or give it another name.");
        }

        if (_request.IsWindows && type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo)
        {
            throw Failure($"'{name}' cannot be in a Windows image: it is a {type}", "Exclude the file.");
        }
    }

    private ZLayerException NotDirectory(string path)
        => Failure(
            $"'/{path}' is not a directory in {_target?.Description ?? "the layer"}", "Copy to another path, or remove the file in an earlier step.");

    private ZLayerException Failure(string reason, string advice)
        => new(ZLayerErrorKind.BuildStepInvalid, $"{_request.Instruction} to {_request.Destination}: {reason} ({_request.Location}).")
        {
            Subject = _request.Location.ToString(),
            Advice = advice,
        };
}
