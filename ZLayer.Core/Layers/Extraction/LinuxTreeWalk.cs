using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>
/// The one way to walk a tree that strangers made or that somebody changes meanwhile. Every name is opened from its parent's descriptor and
/// never through a symbolic link; the walk neither grows the stack nor, by more than a few, the open descriptors, however deep the tree is.
/// Linux.
/// </summary>
/// <remarks>
/// A cursor over names, which says nothing of what they are: <see cref="TryEnter"/> steps into the current one if it is a directory, and
/// when everything in it was passed, the cursor stands on it again with <see cref="IsLeaving"/> true. Of the directories on the way the
/// upper ones are closed when there are many, and found again as the parent of the one below: another directory than before there ends the
/// walk with an error.
/// </remarks>
internal sealed unsafe class LinuxTreeWalk : IDisposable
{
    private const int MostOpen = 64;

    private readonly string _path;
    private readonly bool _staysOnMount;
    private readonly Action<List<byte[]>>? _sort;
    private readonly List<Level> _levels = [];

    // The levels between the root and this one are closed.
    private int _firstOpen = 1;

    /// <summary>Begins before the first name of a directory.</summary>
    /// <param name="root">The open directory. The walk does not close it.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="staysOnMount">Whether directories that something is mounted on cannot be entered.</param>
    /// <param name="sort">Sorts the names of each directory; null leaves them as the file system gives them.</param>
    /// <exception cref="ZLayerException">StorageReadFailed or AccessDenied: the directory cannot be listed.</exception>
    public LinuxTreeWalk(int root, string path, bool staysOnMount, Action<List<byte[]>>? sort = null)
    {
        _path = path;
        _staysOnMount = staysOnMount;
        _sort = sort;
        _levels.Add(new Level([], root, List(root)));
    }

    /// <summary>The current name, with its NUL.</summary>
    public byte[] Name { get; private set; } = [];

    /// <summary>The open directory that has the current name.</summary>
    public int Parent => _levels[^1].Descriptor;

    /// <summary>Whether the current name is a directory that was entered, and everything in it was passed.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>How many directories lie between the root and the current name.</summary>
    public int Depth => _levels.Count - 1;

    /// <summary>Goes to the next name, or back to the directory whose names are all passed; false at the end.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed: a directory was moved elsewhere during the walk.</exception>
    public bool MoveNext()
    {
        var level = _levels[^1];
        IsLeaving = level.Next == level.Names.Count;
        if (!IsLeaving)
        {
            Name = level.Names[level.Next];
            level.Names[level.Next++] = [];
            return true;
        }

        if (_levels.Count == 1)
        {
            return false;
        }

        Name = level.Name;
        Ascend();
        return true;
    }

    /// <summary>
    /// Steps into the current name, whose names come next; false, with the reason in <see cref="SystemCalls.LastError"/>, when it is no
    /// directory, is a link, cannot be opened, or has something mounted on it.
    /// </summary>
    /// <exception cref="ZLayerException">StorageReadFailed: it cannot be listed.</exception>
    public bool TryEnter()
    {
        var descriptor = LinuxFiles.OpenChildDirectory(Parent, Name, _staysOnMount);
        if (descriptor < 0)
        {
            return false;
        }

        try
        {
            _levels.Add(new Level(Name, descriptor, List(descriptor)));
        }
        catch
        {
            LinuxFiles.Close(descriptor);
            throw;
        }

        if (_levels.Count - _firstOpen > MostOpen)
        {
            CloseFirst();
        }

        return true;
    }

    public void Dispose()
    {
        for (var i = _levels.Count - 1; i >= _firstOpen; i--)
        {
            LinuxFiles.Close(_levels[i].Descriptor);
        }

        _levels.Clear();
        _firstOpen = 1;
    }

    private List<byte[]> List(int directory)
    {
        var names = LinuxDirectory.ReadNames(directory, _path);
        _sort?.Invoke(names);
        return names;
    }

    private void CloseFirst()
    {
        var level = _levels[_firstOpen];
        level.Identity = IdentityOf(level.Descriptor);
        LinuxFiles.Close(level.Descriptor);
        level.Descriptor = -1;
        _firstOpen++;
    }

    private void Ascend()
    {
        var (child, parent) = (_levels[^1], _levels[^2]);
        if (parent.Descriptor < 0)
        {
            parent.Descriptor = Reopen(child.Descriptor, parent.Identity);
            _firstOpen--;
        }

        LinuxFiles.Close(child.Descriptor);
        _levels.RemoveAt(_levels.Count - 1);
    }

    private int Reopen(int child, (ulong FileSystem, ulong Inode) identity)
    {
        byte* up = stackalloc byte[] { (byte)'.', (byte)'.', 0 };
        var parent = SystemCalls.OpenAt(child, up, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenCloseOnExec, 0);
        if (parent < 0)
        {
            throw LinuxFiles.Failure("Reading", _path, isWrite: false);
        }

        if (IdentityOf(parent) == identity)
        {
            return parent;
        }

        LinuxFiles.Close(parent);
        throw new ZLayerException(ZLayerErrorKind.StorageReadFailed, $"Reading '{_path}': a directory in it was moved elsewhere meanwhile.")
        {
            Subject = _path,
            Advice = "See to it that nothing changes the directory, then run it again.",
        };
    }

    private (ulong FileSystem, ulong Inode) IdentityOf(int descriptor)
        => LinuxFiles.Status(descriptor) is { } status
            ? (status.FileSystem, status.Inode)
            : throw LinuxFiles.Failure("Reading", _path, isWrite: false);

    private sealed class Level(byte[] name, int descriptor, List<byte[]> names)
    {
        public byte[] Name => name;

        public List<byte[]> Names => names;

        public int Next { get; set; }

        public int Descriptor { get; set; } = descriptor;

        /// <summary>Set while it is closed.</summary>
        public (ulong FileSystem, ulong Inode) Identity { get; set; }
    }
}
