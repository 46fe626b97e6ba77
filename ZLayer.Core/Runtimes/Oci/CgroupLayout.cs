using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>How the machine's control groups are arranged, and whether this process may make some.</summary>
internal sealed class CgroupLayout
{
    public const string Mountpoint = "/sys/fs/cgroup";
    private const int Writable = 2;
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(2);

    private CgroupLayout(bool isUnified, bool isWritable, IReadOnlyList<string> hierarchies)
    {
        IsUnified = isUnified;
        IsWritable = isWritable;
        Hierarchies = hierarchies;
    }

    /// <summary>True when there is version 2 alone.</summary>
    public bool IsUnified { get; }

    /// <summary>True when groups can be made in every hierarchy.</summary>
    public bool IsWritable { get; }

    /// <summary>The roots of the hierarchies: one of version 2, or one for each controller of version 1.</summary>
    public IReadOnlyList<string> Hierarchies { get; }

    /// <summary>The hierarchy of version 2 beside those of version 1; null when there is none, or nothing else.</summary>
    public string? HybridUnified => !IsUnified && Hierarchies.Contains($"{Mountpoint}/unified") ? $"{Mountpoint}/unified" : null;

    /// <summary>Looks at the machine.</summary>
    public static CgroupLayout Detect()
    {
        if (File.Exists($"{Mountpoint}/cgroup.controllers"))
        {
            return new CgroupLayout(true, SystemCalls.Access(Mountpoint, Writable) == 0, [Mountpoint]);
        }

        IReadOnlyList<string> hierarchies = Directory.Exists(Mountpoint)
            ? [.. Directory.EnumerateDirectories(Mountpoint)
                .Where(directory => File.Exists($"{directory}/cgroup.procs"))
                .Order(StringComparer.Ordinal)]
            : [];
        return new CgroupLayout(
            false, hierarchies.Count > 0 && hierarchies.All(hierarchy => SystemCalls.Access(hierarchy, Writable) == 0), hierarchies);
    }

    /// <summary>Removes an empty group from every hierarchy, waiting a little for processes that are still dying.</summary>
    /// <param name="path">The path of the group below the roots.</param>
    public void Remove(string path)
    {
        var deadline = DateTime.UtcNow + RemovalPatience;
        foreach (var group in Hierarchies.Select(hierarchy => $"{hierarchy}/{path.TrimStart('/')}").Where(Directory.Exists))
        {
            while (!TryRemoveTree(group) && DateTime.UtcNow < deadline)
            {
                Thread.Sleep(5);
            }
        }
    }

    // The files of a group vanish with it, so only directories are removed, the deepest first.
    private static bool TryRemoveTree(string group)
    {
        try
        {
            foreach (var child in Directory.EnumerateDirectories(group))
            {
                TryRemoveTree(child);
            }

            return LinuxFiles.TryRemoveDirectory(group) || !Directory.Exists(group);
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
    }
}
