using ZLayer.Core.Oci;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>One file that was downloaded and whose digest is known: mode 0600, owner 0:0, the server's time.</summary>
internal sealed class DownloadTree : IFileTree
{
    private const int Mode = 0b110_000_000;

    private readonly string _path;
    private readonly KnownContent _known;
    private readonly FileNode _root;
    private readonly FileNode _file;

    public DownloadTree(string path, string name, Sha256Value hash, DateTimeOffset time, string description)
    {
        _path = path;
        _known = new KnownContent(hash, HasAttributes: false);
        Description = description;
        _root = new FileNode { Tree = this, Path = "", Type = TarEntryType.Directory, Mode = 0b111_101_101 };
        _file = new FileNode
        {
            Tree = this,
            Path = name,
            Type = TarEntryType.File,
            Mode = Mode,
            Size = new FileInfo(path).Length,
            ModifiedNanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * 100,
        };
    }

    public string Description { get; }

    public FileNode? Find(string path) => path.Length == 0 ? _root : path == _file.Path ? _file : null;

    public IReadOnlyList<FileNode> List(FileNode directory) => ReferenceEquals(directory, _root) ? [_file] : [];

    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
    {
    }

    public Stream OpenRead(FileNode file) => new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => null;

    public bool TryGetKnown(FileNode file, out KnownContent known)
    {
        known = _known;
        return true;
    }

    public void Remember(FileNode file, in KnownContent content)
    {
    }

    public string? ExplainAbsence(string path) => null;

    public void Dispose()
    {
    }
}
