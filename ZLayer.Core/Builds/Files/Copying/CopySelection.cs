using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>Finds what the sources of a COPY name: patterns expanded, links followed, directories walked, exclusions applied.</summary>
internal sealed class CopySelection
{
    private readonly CopyRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly IgnoreFile? _excludes;
    private readonly List<CopyMatch> _matches = [];
    private readonly List<string> _unmatched = [];

    private CopySelection(CopyRequest request, CancellationToken cancellationToken)
    {
        _request = request;
        _cancellationToken = cancellationToken;
        var excludes = request.Excludes.Where(pattern => !string.IsNullOrWhiteSpace(pattern)).ToList();
        _excludes = excludes.Count == 0 ? null : IgnoreFile.FromPatterns(excludes);
    }

    /// <summary>The matches in order, and the patterns that matched nothing.</summary>
    public static (IReadOnlyList<CopyMatch> Matches, IReadOnlyList<string> Unmatched) Find(
        CopyRequest request, CancellationToken cancellationToken)
    {
        var selection = new CopySelection(request, cancellationToken);
        foreach (var source in request.Sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            selection.Add(source);
        }

        return (selection._matches, selection._unmatched);
    }

    private void Add(CopySource source)
    {
        RefuseLeaving(source);
        if (!source.IsPattern)
        {
            AddMatch(source, FileTreePaths.Clean(source.Path), follow: false, include: null);
        }
        else if (_request.Parents)
        {
            AddWithParents(source);
        }
        else
        {
            AddExpanded(source, source.Path, include: null);
        }
    }

    // --parents: what is before "/./" is the root of the copy, what comes after selects below it and is kept as directories.
    private void AddWithParents(CopySource source)
    {
        var pivot = source.Path.IndexOf("/./", StringComparison.Ordinal);
        var root = pivot < 0 ? "" : source.Path[..pivot];
        var pattern = FileTreePaths.Clean(pivot < 0 ? source.Path : source.Path[(pivot + 3)..]);
        if (!CopyPatterns.HasWildcards(root) && !CopyPatterns.HasWildcards(pattern))
        {
            RequireExisting(source, FileTreePaths.Clean($"{root}/{pattern}"));
        }

        AddExpanded(source, root, pattern.Length == 0 ? null : GlobPattern.Parse(pattern, doubleStar: true));
    }

    private void AddExpanded(CopySource source, string pattern, GlobPattern? include)
    {
        var (directory, rest) = CopyPatterns.Split(FileTreePaths.Clean(pattern));
        if (rest.Length == 0)
        {
            AddMatch(source, directory, follow: true, include);
            return;
        }

        var resolved = FileTreePaths.Resolve(source.Tree, directory);
        var start = source.Tree.Find(resolved) ?? throw Missing(source, directory);
        var found = CopyPatterns.Match(source.Tree, start, rest);
        if (found.Count == 0)
        {
            _unmatched.Add(source.Title ?? source.Path);
        }

        foreach (var path in found)
        {
            AddMatch(source, path, follow: true, include);
        }
    }

    private void AddMatch(CopySource source, string path, bool follow, GlobPattern? include)
    {
        var resolved = FileTreePaths.Resolve(source.Tree, path, followLast: follow);
        var node = source.Tree.Find(resolved) ?? throw Missing(source, path);
        if (include is not null && !node.IsDirectory)
        {
            return; // --parents with a pattern before "/./": what follows cannot be below a file.
        }

        if (node.IsDirectory)
        {
            source.Tree.Prefetch(node, _cancellationToken);
        }

        var items = new CopyWalk(source.Tree, node, include, _excludes, _cancellationToken).Collect();
        if (include is not null && items.Length == 1)
        {
            _unmatched.Add(source.Title ?? source.Path);
            return; // --parents that selects nothing makes nothing, not even its destination.
        }

        _matches.Add(new CopyMatch { Source = source, Name = path[(path.LastIndexOf('/') + 1)..], Items = items });
    }

    private void RequireExisting(CopySource source, string path)
    {
        if (source.Tree.Find(FileTreePaths.Resolve(source.Tree, path)) is null)
        {
            throw Missing(source, path);
        }
    }

    // Docker stops ".." at the root without a word and then copies another file of that name, or says that there is none.
    private void RefuseLeaving(CopySource source)
    {
        if (source.Tree is not DirectoryTree)
        {
            return;
        }

        var depth = 0;
        foreach (var segment in source.Path.Split('/'))
        {
            depth += segment switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.BuildStepInvalid,
                    $"{Title(source)}: the path leaves {source.Tree.Description} ({_request.Location}).")
                {
                    Subject = _request.Location.ToString(),
                    Advice = $"Build with a context that holds the file, or add its directory with {DoorWords.Of("--build-context", "-BuildContext")} and copy it with COPY --from.",
                };
            }
        }
    }

    private ZLayerException Missing(CopySource source, string path)
    {
        var reason = source.Tree.ExplainAbsence(path);
        return new ZLayerException(
            ZLayerErrorKind.BuildStepInvalid,
            $"{Title(source)}: no such file in {source.Tree.Description} ({_request.Location}).{(reason is null ? "" : " " + reason)}")
        {
            Subject = _request.Location.ToString(),
            Advice = reason is not null ? "Remove the pattern, or add an exception that begins with '!' after it."
                : Similar(source, path) is { } similar ? $"Did you mean '{similar}'?"
                : $"Check the path: it is relative to the root of {source.Tree.Description}.",
        };
    }

    private string Title(CopySource source) => $"{_request.Instruction} {source.Title ?? source.Path} {_request.Destination}";

    private static string? Similar(CopySource source, string path)
    {
        var directory = FileTreePaths.Parent(path);
        var name = path[(path.LastIndexOf('/') + 1)..];
        return source.Tree.Find(FileTreePaths.Resolve(source.Tree, directory)) is { } parent
            ? source.Tree.List(parent).FirstOrDefault(n => n.Name != name && n.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Path
            : null;
    }
}
