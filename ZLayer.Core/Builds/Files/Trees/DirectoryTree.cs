using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>A directory of the host: the build context, a named context, a git checkout. An ignore file hides what it excludes.</summary>
internal sealed class DirectoryTree : IFileTree
{
    private readonly HostScanner _scanner;
    private readonly IgnoreFile? _ignore;
    private readonly FileDigestCache? _digests;
    private readonly FileNode _root;
    private readonly Func<string, bool?, bool>? _accept;

    /// <summary>Opens a directory.</summary>
    /// <param name="root">The absolute path; links in it are followed, those below never.</param>
    /// <param name="options">What else is to say of it.</param>
    /// <exception cref="ZLayerException">
    /// PathNotFound or AccessDenied: it is not there, is no directory, or may not be read. OperationNotSupported on systems other than
    /// Linux.
    /// </exception>
    public DirectoryTree(string root, DirectoryTreeOptions? options = null)
    {
        options ??= new DirectoryTreeOptions();
        Description = options.Description;
        Root = root;
        _ignore = options.Ignore is { IsEmpty: false } ignore ? ignore : null;
        _accept = _ignore is null ? null : IsAccepted;
        _digests = options.Digests;
        _scanner = new HostScanner(root, options.Description);
        _root = _scanner.ReadRoot(this);
    }

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public FileNode? Find(string path) => NodeLists.Walk(_root, path, ListChildren);

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory) => ListChildren(directory);

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
        => NodeLists.Prefetch(directory, ListChildren, cancellationToken);

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => _scanner.OpenRead(file);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => KeptAttributes.Read(_scanner, node);

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known)
    {
        known = default;
        return _digests is not null && _digests.TryGet(file, out known);
    }

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content) => _digests?.Add(file, content);

    /// <inheritdoc/>
    public string? ExplainAbsence(string path)
    {
        if (_ignore is null || _ignore.Match(path) is not { Excluded: true } match)
        {
            return null;
        }

        using var unfiltered = new DirectoryTree(Root, new DirectoryTreeOptions { Description = Description });
        return unfiltered.Find(path) is null ? null : $"It is excluded by {_ignore.Name}:{match.Line} \"{match.Pattern}\".";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _digests?.Save();
        _scanner.Dispose();
    }

    private FileNode[] ListChildren(FileNode directory)
    {
        if (!directory.IsDirectory)
        {
            return [];
        }

        if (directory.State is FileNode[] known)
        {
            return known;
        }

        var nodes = _scanner.Read(this, directory, _accept);
        if (_ignore is { HasExceptions: true })
        {
            // An excluded directory is there only as the way to what an exception includes.
            nodes.RemoveAll(n => n.IsDirectory && _ignore.Match(n.Path).Excluded && ListChildren(n).Length == 0);
        }

        var sorted = NodeLists.Sort(nodes, directory.Path);
        directory.State = sorted;
        return sorted;
    }

    // Type unknown (some file systems do not tell with the name): it may be a directory, and a file goes away below.
    private bool IsAccepted(string path, bool? isDirectory)
        => !_ignore!.Match(path).Excluded || (isDirectory != false && _ignore.HasExceptions && _ignore.MayContainIncluded(path));
}

/// <summary>What a <see cref="DirectoryTree"/> is told besides its root.</summary>
internal sealed record DirectoryTreeOptions
{
    /// <summary>What the tree is, for messages.</summary>
    public string Description { get; init; } = "the build context";

    /// <summary>What is hidden; null for nothing.</summary>
    public IgnoreFile? Ignore { get; init; }

    /// <summary>The digests known from earlier; null to remember none.</summary>
    public FileDigestCache? Digests { get; init; }
}
