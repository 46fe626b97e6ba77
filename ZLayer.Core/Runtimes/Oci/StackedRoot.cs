using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// A root file system stacked from overlayfs layer directories, read without mounting it. Paths are resolved as the kernel would inside the
/// root: symbolic links, absolute ones too, stay in it. Layers are untrusted, so no link of a layer is ever followed on the host.
/// </summary>
/// <param name="layers">The layer directories, the base first.</param>
/// <param name="userMarks">
/// True where overlayfs is mounted with <c>userxattr</c> and keeps its marks in <c>user.*</c> attributes. What the kernel does not take for
/// a mark must not be one here: any step can set the other kind, and would then see a link where this sees nothing.
/// </param>
internal sealed class StackedRoot(IReadOnlyList<string> layers, bool userMarks)
{
    // As the kernel's MAXSYMLINKS.
    private const int MaximumLinks = 40;

    private readonly IReadOnlyList<string> _root = [.. layers.Reverse()];

    /// <summary>Resolves a path of the root. Components that do not exist are kept as they are written.</summary>
    /// <param name="path">Absolute or relative to the root.</param>
    /// <param name="followLast">False when a link as the last component stands for itself.</param>
    /// <exception cref="IOException">Too many links.</exception>
    public StackedPath Resolve(string path, bool followLast = true)
    {
        var pending = new Stack<string>(Split(path).Reverse());
        var done = new List<StackedEntry>();
        var links = 0;
        while (pending.TryPop(out var name))
        {
            if (name == "..")
            {
                RemoveLast(done);
                continue;
            }

            var entry = Lookup(done, name);
            if (entry.Status is { Type: LinuxFileStatus.SymbolicLink } && (followLast || pending.Count > 0))
            {
                if (++links > MaximumLinks)
                {
                    throw new IOException($"Too many symbolic links in '{path}'.");
                }

                Follow(entry, done, pending);
                continue;
            }

            done.Add(entry);
        }

        return new StackedPath(done);
    }

    /// <summary>Opens a regular file for reading; null when there is none.</summary>
    public FileStream? OpenRead(string path)
    {
        var last = Resolve(path).Entry;
        return last is { Status.IsFile: true }
            ? new FileStream(last.Hosts[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : null;
    }

    private static IEnumerable<string> Split(string path)
        => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");

    private static void RemoveLast(List<StackedEntry> entries)
    {
        if (entries.Count > 0)
        {
            entries.RemoveAt(entries.Count - 1);
        }
    }

    private static void Follow(StackedEntry link, List<StackedEntry> done, Stack<string> pending)
    {
        var target = new FileInfo(link.Hosts[0]).LinkTarget ?? "";
        if (target.StartsWith('/'))
        {
            done.Clear();
        }

        foreach (var part in Split(target).Reverse())
        {
            pending.Push(part);
        }
    }

    private StackedEntry Lookup(List<StackedEntry> parents, string name)
    {
        if (parents.Count > 0 && parents[^1].Status is not { IsDirectory: true })
        {
            return new StackedEntry(name, null, [], parents[^1].Occluded);
        }

        return Merge(parents.Count == 0 ? _root : parents[^1].Hosts, name, parents.Count > 0 && parents[^1].Occluded);
    }

    // The first layer that has the name decides; a directory goes on with the directories of that name below it.
    private StackedEntry Merge(IReadOnlyList<string> directories, string name, bool occluded)
    {
        List<string> hosts = [];
        LinuxFileStatus? first = null;
        foreach (var directory in directories)
        {
            var host = $"{directory}/{name}";
            if (LinuxFiles.Look(host) is not { } status)
            {
                continue;
            }

            if (status.IsWhiteout)
            {
                occluded = true;
                break;
            }

            if (!status.IsDirectory)
            {
                occluded = true;
                if (first is null)
                {
                    return new StackedEntry(name, status, [host], occluded);
                }

                break;
            }

            first ??= status;
            hosts.Add(host);
            if (IsOpaque(host))
            {
                occluded = true;
                break;
            }
        }

        return new StackedEntry(name, first, hosts, occluded);
    }

    private bool IsOpaque(string directory)
        => LinuxFiles.FirstByteOfAttribute(directory, userMarks ? "user.overlay.opaque" : "trusted.overlay.opaque") == (byte)'y';
}

/// <summary>One component of a resolved path.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">What it is in the topmost layer that has it; null when it does not exist.</param>
/// <param name="Hosts">Its paths on the host: of a file one, of a directory those of every layer that is merged, the topmost first.</param>
/// <param name="Occluded">True when a layer hides what lies below the stack at this path.</param>
internal sealed record StackedEntry(string Name, LinuxFileStatus? Status, IReadOnlyList<string> Hosts, bool Occluded);

/// <summary>A resolved path.</summary>
/// <param name="Entries">Its components from the root on.</param>
internal sealed record StackedPath(IReadOnlyList<StackedEntry> Entries)
{
    /// <summary>The absolute path, without links as far as it exists.</summary>
    public string Path { get; } = "/" + string.Join('/', Entries.Select(entry => entry.Name));

    /// <summary>The last component; null for the root itself.</summary>
    public StackedEntry? Entry => Entries.Count == 0 ? null : Entries[^1];

    public bool Exists => Entry is null || Entry.Status is not null;

    /// <summary>How many of the components exist.</summary>
    public int ExistingCount => Entries.TakeWhile(entry => entry.Status is not null).Count();

    /// <summary>The path of the first <paramref name="count"/> components, without a leading slash.</summary>
    public string Prefix(int count) => string.Join('/', Entries.Take(count).Select(entry => entry.Name));
}
