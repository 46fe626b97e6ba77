using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// A control group of version 1 that keeps processes away from the machine's devices. Containers whose runtime makes no control groups run
/// in it: without it, root of a container could make a node of the machine's disk and write to it.
/// </summary>
internal sealed class DeviceCgroup : IDisposable
{
    // What runc and Docker allow: making nodes, and using those of a usual /dev.
    private static readonly string[] Allowed =
    [
        "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm",
    ];

    private readonly CgroupLayout _layout;
    private readonly string _path;

    private DeviceCgroup(CgroupLayout layout, string path)
    {
        _layout = layout;
        _path = path;
    }

    /// <summary>Writing 0 to this file moves the writer into the group.</summary>
    public string ProcessesFile => $"{CgroupLayout.Mountpoint}/devices{_path}/cgroup.procs";

    /// <summary>Makes the group; null when the machine has no such hierarchy, or does not allow it.</summary>
    /// <param name="layout">The machine's control groups.</param>
    /// <param name="path">The group's path below the roots.</param>
    public static DeviceCgroup? TryCreate(CgroupLayout layout, string path)
    {
        var directory = $"{CgroupLayout.Mountpoint}/devices{path}";
        try
        {
            if (!layout.Hierarchies.Contains($"{CgroupLayout.Mountpoint}/devices"))
            {
                return null;
            }

            Directory.CreateDirectory(directory);
            File.WriteAllText($"{directory}/devices.deny", "a");
            foreach (var rule in Allowed)
            {
                File.WriteAllText($"{directory}/devices.allow", rule);
            }

            return new DeviceCgroup(layout, path);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            layout.Remove(path);
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _layout.Remove(_path);
}
