using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>One file that is in memory: a heredoc of COPY or ADD.</summary>
internal sealed class InlineTree : IFileTree
{
    private const int Mode = 0b110_100_100;

    private readonly ReadOnlyMemory<byte> _content;
    private readonly FileNode _root;
    private readonly FileNode _file;

    /// <summary>Makes the tree of one file with mode 0644 and owner 0:0.</summary>
    /// <param name="name">The name of the file; directories in it are dropped.</param>
    /// <param name="content">Its content.</param>
    /// <param name="time">Its modification time.</param>
    public InlineTree(string name, ReadOnlyMemory<byte> content, DateTimeOffset time)
    {
        var clean = FileTreePaths.Clean(name);
        _content = content;
        var nanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * 100;
        _root = new FileNode
        {
            Tree = this,
            Path = "",
            Type = TarEntryType.Directory,
            Mode = 0b111_101_101,
            ModifiedNanoseconds = nanoseconds,
        };
        _file = new FileNode
        {
            Tree = this,
            Path = clean[(clean.LastIndexOf('/') + 1)..],
            Type = TarEntryType.File,
            Mode = Mode,
            Size = content.Length,
            ModifiedNanoseconds = nanoseconds,
        };
    }

    /// <summary>The name of the file: the path for <see cref="CopySource"/>.</summary>
    public string Name => _file.Path;

    /// <inheritdoc/>
    public string Description => "the Dockerfile";

    /// <inheritdoc/>
    public FileNode? Find(string path) => path.Length == 0 ? _root : path == _file.Path ? _file : null;

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory) => ReferenceEquals(directory, _root) ? [_file] : [];

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
    {
    }

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => new MemoryStream(_content.ToArray(), writable: false);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => null;

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known)
    {
        known = default;
        return false;
    }

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content)
    {
    }

    /// <inheritdoc/>
    public string? ExplainAbsence(string path) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
