using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// The mount points of a step. Those that the image lacks are put into a directory that becomes its lowest layer, so that they are there
/// without being a change of the step; afterwards, what is left of them in the changes is removed.
/// </summary>
/// <param name="root">The image's layers.</param>
/// <param name="stubs">The directory for missing mount points.</param>
internal sealed class MountPoints(StackedRoot root, string stubs)
{
    private readonly List<StackedPath> _missing = [];
    private readonly List<string> _targets = [];
    private readonly List<string> _inDevices = [];

    // What the runtime puts into /dev; the last ones are links.
    private static readonly string[] Devices =
        ["null", "zero", "full", "tty", "random", "urandom", "console", "ptmx", "pts", "fd", "stdin", "stdout", "stderr", "core"];

    /// <summary>True when the image lacks some.</summary>
    public bool HasStubs => _missing.Count > 0;

    /// <summary>
    /// Makes sure that the mount point of a file system of the runtime's own exists. It must not be a link: what is mounted at the link's
    /// target would then be there in its place.
    /// </summary>
    public void AddOwn(string target)
    {
        if (root.Resolve(target, followLast: false).Entry?.Status is { IsDirectory: false })
        {
            throw Invalid(target, "the image has something else than a directory there", "Build on an image without it.");
        }

        Add(target, isDirectory: true);
    }

    /// <summary>
    /// Refuses a mount over the kernel's file systems and the devices of <c>/dev</c>: a runtime takes its <c>/dev/null</c> to hide files of
    /// <c>/proc</c>, and would hide them with whatever lies there.
    /// </summary>
    public void RefuseOwn(string target)
    {
        var path = root.Resolve(target).Path;
        if (IsBelow(path, "/dev"))
        {
            // These are mounted after /dev itself, where a link in another one of them must not lead the mount over /dev again.
            if (_inDevices.Exists(other => IsBelow(path, other)))
            {
                throw Invalid(target, "it lies in another mount below /dev", "Choose another target.");
            }

            _inDevices.Add(path);
        }

        if (path is "/dev" or "/proc" or "/sys" || IsBelow(path, "/proc") || IsBelow(path, "/sys")
            || (IsBelow(path, "/dev") && Devices.Contains(path.Split('/')[2])))
        {
            throw Invalid(target, "it would cover a file system of the kernel or a device", "Choose another target.");
        }
    }

    /// <summary>Makes sure that a mount point exists.</summary>
    /// <param name="target">The path in the step.</param>
    /// <param name="isDirectory">False for a file.</param>
    /// <returns>The path without links, which is where the runtime mounts.</returns>
    public string Add(string target, bool isDirectory)
    {
        if (_targets.Any(other => IsBelow(target, other)))
        {
            // Inside another mount, whose content is not part of the root file system.
            return target;
        }

        var path = root.Resolve(target);
        if (_targets.Any(other => IsBelow(path.Path, other)))
        {
            return path.Path;
        }

        _targets.Add(path.Path);
        if (!path.Exists)
        {
            CreateStub(path, isDirectory);
        }

        return path.Path;
    }

    /// <summary>True when a path is on or below one of the mount points.</summary>
    public bool Covers(string path) => _targets.Any(target => path == target || IsBelow(path, target));

    /// <summary>Removes what is left of missing mount points from the changes of a step, unless the step put something there.</summary>
    /// <param name="upper">The upper directory.</param>
    public void RemoveTraces(string upper)
    {
        foreach (var path in _missing.OrderByDescending(path => path.Entries.Count))
        {
            var existing = path.ExistingCount;
            for (var count = path.Entries.Count; count > existing; count--)
            {
                if (!RemoveTrace(upper, path.Prefix(count)))
                {
                    break;
                }
            }

            RemoveCopiedParents(upper, path, existing);
        }
    }

    private static ZLayerException Invalid(string target, string reason, string advice)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot mount at {target}: {reason}.") { Subject = target, Advice = advice };

    private static bool IsBelow(string path, string parent)
        => path.Length > parent.Length
            && path.StartsWith(parent, StringComparison.Ordinal)
            && (path[parent.Length] == '/' || parent == "/");

    private void CreateStub(StackedPath path, bool isDirectory)
    {
        _missing.Add(path);
        var stub = stubs + path.Path;
        Directory.CreateDirectory(isDirectory ? stub : Path.GetDirectoryName(stub)!);
        if (!isDirectory)
        {
            File.WriteAllBytes(stub, []);
        }
    }

    // True when nothing is left at the path, so that its parent can be looked at.
    private static bool RemoveTrace(string upper, string relative)
    {
        var path = $"{upper}/{relative}";
        if (!IsRealDirectory(upper, Path.GetDirectoryName(relative) ?? "") || LinuxFiles.Look(path) is not { } status)
        {
            return true;
        }

        if (status.IsDirectory)
        {
            return KeepingTime(path, () => LinuxFiles.TryRemoveDirectory(path));
        }

        // A removed mount point is no change either: the image never had it.
        return (status.IsWhiteout || (status.IsFile && status.Size == 0)) && KeepingTime(path, () => LinuxFiles.TryRemoveFile(path));
    }

    // Where a layer hides the stubs, the runtime makes the mount point, and overlayfs copies its parents up for that. An empty copy with
    // the metadata of the original is no change.
    private static void RemoveCopiedParents(string upper, StackedPath path, int existing)
    {
        for (var count = existing; count > 0 && path.Entries.Any(entry => entry.Occluded); count--)
        {
            var copy = $"{upper}/{path.Prefix(count)}";
            if (!IsRealDirectory(upper, path.Prefix(count))
                || path.Entries[count - 1].Status is not { } original
                || LinuxFiles.Look(copy) is not { } status
                || (status.Mode, status.Uid, status.Gid) != (original.Mode, original.Uid, original.Gid)
                || LinuxFiles.FirstByteOfAttribute(copy, "trusted.overlay.opaque") is not null
                || LinuxFiles.FirstByteOfAttribute(copy, "user.overlay.opaque") is not null
                || !LinuxFiles.TryRemoveDirectory(copy))
            {
                return;
            }
        }
    }

    private static bool KeepingTime(string path, Func<bool> remove)
    {
        var parent = Path.GetDirectoryName(path)!;
        var time = Directory.GetLastWriteTimeUtc(parent);
        var removed = remove();
        if (!removed)
        {
            return false;
        }

        try
        {
            Directory.SetLastWriteTimeUtc(parent, time);
        }
        catch (UnauthorizedAccessException)
        {
            // The step gave its directory to another user, so it is a change of the step anyway.
        }

        return true;
    }

    // The step may have put links in place of its directories; they are not followed.
    private static bool IsRealDirectory(string upper, string relative)
    {
        var path = upper;
        foreach (var part in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = $"{path}/{part}";
            if (LinuxFiles.Look(path) is not { IsDirectory: true })
            {
                return false;
            }
        }

        return true;
    }
}
