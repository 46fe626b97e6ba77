using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Layers;

/// <summary>
/// Opens directories below a root, one component at a time and without following links, and keeps those on the way to the
/// last one open: entries come in the order of a walk, so that nearly always the parent is open already.
/// </summary>
/// <param name="path">The root, a path of this machine.</param>
/// <param name="lookUpLower">Finds paths of the layers below; null when there are none to ask.</param>
/// <param name="onImplied">
/// Told of each directory that was made on the way: its descriptor, its path, and whether it took a whiteout's place.
/// </param>
/// <param name="followLinks">
/// Whether links among the parents of an entry are resolved inside of the root; else such an entry is refused.
/// </param>
internal sealed unsafe class LayerDirectory(
    string path, Func<string, string?>? lookUpLower, Action<int, string, bool> onImplied, bool followLinks = true) : IDisposable
{
    /// <summary>Deeper than any path that the kernel takes in practice; each level keeps a descriptor open.</summary>
    private const int MaximumDepth = 512;

    private const int MaximumName = 255;

    /// <summary>As many as the kernel follows in one path.</summary>
    private const int MaximumLinks = 40;

    private readonly List<(string Name, int Descriptor, int PathLength)> _levels
        = [("", OpenRoot(path), FileNameEncoding.Encode(path).Length)];
    private int _depth;
    private string? _parent = "";

    public int Root => _levels[0].Descriptor;

    /// <summary>The descriptor of what was opened last.</summary>
    public int Current => _levels[_depth].Descriptor;

    /// <summary>The path of what was opened last, after links were resolved: empty for the root, else with a slash at its end.</summary>
    public string CurrentPrefix => string.Concat(_levels.Skip(1).Take(_depth).Select(level => level.Name + "/"));

    /// <summary>The last component of a path.</summary>
    public static string NameOf(string entryPath) => entryPath[(entryPath.LastIndexOf('/') + 1)..];

    /// <summary>Opens the parent of an entry, made where it is missing; links on the way are resolved inside of the root.</summary>
    public int OpenParent(string entryPath)
    {
        var parent = ParentOf(entryPath);
        if (_parent is null || !parent.SequenceEqual(_parent))
        {
            _parent = null;
            Walk(parent.ToString(), entryPath, create: true, follow: true);
            _parent = parent.ToString();
        }

        return Current;
    }

    /// <summary>Opens the parent of an entry; false when it does not exist.</summary>
    public bool TryOpenParent(string entryPath)
    {
        _parent = null;
        return Walk(ParentOf(entryPath).ToString(), entryPath, create: false, follow: true);
    }

    /// <summary>Opens a directory by its resolved path; false when there is none, or a link is on the way.</summary>
    public bool TryOpen(string resolvedPath)
    {
        _parent = null;
        return Walk(resolvedPath, resolvedPath, create: false, follow: false);
    }

    /// <summary>Forgets what is open below the current directory, as something in it was removed.</summary>
    public void ForgetBelow() => CloseBelow(_depth);

    public void Dispose() => CloseBelow(-1);

    private static ReadOnlySpan<char> ParentOf(string entryPath) => entryPath.AsSpan(0, Math.Max(0, entryPath.LastIndexOf('/')));

    private static int OpenRoot(string path)
    {
        var root = LinuxFiles.OpenDirectory(path);
        return root >= 0 ? root : throw LinuxFiles.Failure("Opening", path, isWrite: true);
    }

    private bool Walk(string rest, string entryPath, bool create, bool follow)
    {
        _depth = 0;
        var links = 0;
        while (TakeComponent(ref rest, out var name))
        {
            if (name == "..")
            {
                // Only links have it; above the root is the root, as in a chroot.
                _depth = Math.Max(0, _depth - 1);
                continue;
            }

            if (_depth + 1 < _levels.Count && _levels[_depth + 1].Name == name)
            {
                _depth++;
                continue;
            }

            CloseBelow(_depth);
            if (TryEnter(name, entryPath, create, out var link))
            {
                continue;
            }

            if (link is null || !follow)
            {
                return false;
            }

            if (!followLinks)
            {
                throw LayerExtractor.Invalid(entryPath, $"it lies below the symbolic link '{CurrentPrefix}{name}'");
            }

            if (++links > MaximumLinks)
            {
                throw LayerExtractor.Invalid(entryPath, "the symbolic links on its way lead in a circle");
            }

            if (link.StartsWith('/'))
            {
                _depth = 0;
            }

            rest = link + "/" + rest;
        }

        return true;
    }

    private static bool TakeComponent(ref string rest, out string name)
    {
        while (rest.Length > 0)
        {
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? "" : rest[(slash + 1)..];
            if (name.Length > 0 && name != ".")
            {
                return true;
            }
        }

        name = "";
        return false;
    }

    /// <summary>Opens a directory in the current one; false when it is a link, which is given, or missing and not to be made.</summary>
    private bool TryEnter(string name, string entryPath, bool create, out string? link)
    {
        link = null;
        if (_depth == MaximumDepth)
        {
            throw LayerExtractor.Invalid(entryPath, $"it lies more than {MaximumDepth} directories deep");
        }

        var bytes = LinuxFiles.ToName(name);
        var pathLength = _levels[_depth].PathLength + bytes.Length;
        if (pathLength + 1 + MaximumName >= TarFormat.MaximumPath)
        {
            throw LayerExtractor.Invalid(entryPath, "its path is too long");
        }

        fixed (byte* start = bytes)
        {
            if (TryPush(start, name, pathLength))
            {
                return true;
            }

            return SystemCalls.LastError switch
            {
                SystemErrors.NotFound => create && TryMake(start, name, pathLength, entryPath, out link),
                SystemErrors.NotDirectory or SystemErrors.TooManyLinks => TryReplace(start, name, pathLength, entryPath, create, out link),
                _ => throw LinuxFiles.Failure("Opening", CurrentPrefix + name, isWrite: true),
            };
        }
    }

    private bool TryPush(byte* start, string name, int pathLength)
    {
        var descriptor = SystemCalls.OpenAt(
            Current, start, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenNoFollowFlag | LinuxFiles.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            return false;
        }

        _levels.Add((name, descriptor, pathLength));
        _depth++;
        return true;
    }

    private bool TryMake(byte* start, string name, int pathLength, string entryPath, out string? link)
    {
        var own = CurrentPrefix + name;
        link = lookUpLower?.Invoke(own) is { } lower ? LinuxFiles.ReadLink(lower) : null;
        if (link is not null)
        {
            return false;
        }

        Make(start, name, pathLength, entryPath, own, isReplacement: false);
        return true;
    }

    /// <summary>Something else than a directory is in the way: a link, a whiteout of this layer, or a file.</summary>
    private bool TryReplace(byte* start, string name, int pathLength, string entryPath, bool create, out string? link)
    {
        link = LinuxFiles.ReadLink(Current, start);
        if (link is not null || !create)
        {
            return false;
        }

        var own = CurrentPrefix + name;
        if (LinuxFiles.Status(Current, start) is not { IsWhiteout: true })
        {
            throw LayerExtractor.Invalid(entryPath, $"it lies below '{own}', which is not a directory");
        }

        if (SystemCalls.Unlink(Current, start, 0) != 0)
        {
            throw LinuxFiles.Failure("Replacing", own, isWrite: true);
        }

        Make(start, name, pathLength, entryPath, own, isReplacement: true);
        return true;
    }

    private void Make(byte* start, string name, int pathLength, string entryPath, string own, bool isReplacement)
    {
        // The mode that the directory gets is set at the end; until then its owner must be able to write.
        if (SystemCalls.MakeDirectory(Current, start, 0x1C0) != 0 || !TryPush(start, name, pathLength))
        {
            throw SystemCalls.LastError == SystemErrors.NameTooLong
                ? LayerExtractor.Invalid(entryPath, "a component of its path is too long")
                : LinuxFiles.Failure("Creating", own, isWrite: true);
        }

        onImplied(Current, own, isReplacement);
    }

    private void CloseBelow(int depth)
    {
        for (var i = _levels.Count - 1; i > depth; i--)
        {
            LinuxFiles.Close(_levels[i].Descriptor);
            _levels.RemoveAt(i);
        }
    }
}
