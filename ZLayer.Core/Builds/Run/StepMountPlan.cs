using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>What a step's mounts need: commands that prepare them, and entries for the runtime's configuration.</summary>
/// <param name="directory">The step's places.</param>
/// <param name="points">The mount points of the root file system.</param>
/// <param name="script">Receives the commands.</param>
/// <param name="isRootless">True in a user namespace, where overlayfs keeps its marks in <c>user.*</c> attributes.</param>
internal sealed class StepMountPlan(StepDirectory directory, MountPoints points, SetupScript script, bool isRootless)
{
    // Upper directories must be portable: no features whose marks only the same mount understands. With userxattr the kernel turns
    // metacopy and redirect_dir off by itself, and does not like to be told.
    private const string RootOptions = "index=off,metacopy=off,redirect_dir=off";
    private const string RootlessOptions = "index=off,userxattr";

    private const int ExecuteBits = (int)(UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    private readonly List<SpecMount> _mounts = [];
    private int _count;

    /// <summary>The entries so far.</summary>
    public IReadOnlyList<SpecMount> Mounts => _mounts;

    /// <summary>True to let no device node of an image or cache work, because nothing else keeps the step from it.</summary>
    public bool NoDevices { get; init; }

    /// <summary>How many mounts of the request were added.</summary>
    public int Count => _count;

    /// <summary>Adds a file of the step's directory, read-only.</summary>
    public void AddFile(string target, string source)
        => _mounts.Add(new SpecMount(points.Add(target, isDirectory: false), "bind", source, ["rbind", "ro", "nosuid", "noexec", "nodev"]));

    /// <summary>Adds a mount of the request.</summary>
    public void Add(StepMount mount)
    {
        _count++;
        _mounts.Add(mount switch
        {
            BindStepMount bind => AddBind(bind),
            CacheStepMount cache => AddCache(cache),
            TmpfsStepMount tmpfs => AddTmpfs(tmpfs),
            SecretStepMount secret => AddSecret(secret),
            SshStepMount ssh => AddAgent(ssh),
            _ => throw new ZLayerException(
                ZLayerErrorKind.InternalError, $"Cannot mount a {mount.GetType().Name}.") { Subject = mount.Target },
        });
    }

    /// <summary>Adds a mount that a device needs.</summary>
    public void AddDevice(CdiMount mount)
    {
        var isDirectory = LinuxFiles.Look(mount.HostPath, follow: true) is not { IsDirectory: false };
        _mounts.Add(
            new SpecMount(
                points.Add(mount.ContainerPath, isDirectory), mount.Type ?? "bind", mount.HostPath, mount.Options ?? ["rbind", "ro"]));
    }

    /// <summary>Adds the command that mounts layers on each other.</summary>
    /// <param name="layers">The layers, the lowest first.</param>
    /// <param name="links">An empty directory for short names of the layers: mount options must fit in a page (mount(2)).</param>
    /// <param name="writable">The upper and work directories; null for a read-only mount.</param>
    /// <param name="target">Where it is mounted.</param>
    public void MountOverlay(IReadOnlyList<string> layers, string links, (string Upper, string Work)? writable, string target)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            File.CreateSymbolicLink($"{links}/{Name(i)}", layers[i]);
        }

        var lower = string.Join(':', Enumerable.Range(0, layers.Count).Reverse().Select(Name));
        var options = $"{(NoDevices ? "nodev," : "")}{(isRootless ? RootlessOptions : RootOptions)},lowerdir={lower}";
        if (writable is not null)
        {
            // Names, too, so that no path needs escaping.
            File.CreateSymbolicLink($"{links}/upper", writable.Value.Upper);
            File.CreateSymbolicLink($"{links}/work", writable.Value.Work);
            options += ",upperdir=upper,workdir=work";
        }

        script.Run("cd", links);
        script.Run("mount", "-t", "overlay", "-o", options, "overlay", target);
    }

    private static string Name(int index) => index.ToString(CultureInfo.InvariantCulture);

    private SpecMount AddBind(BindStepMount mount)
    {
        FindSource(mount, out var layers, out var subPath, out var isDirectory);

        // Never the source itself: a runtime makes what is mounted inside of it before it makes it read-only, and "ro" says nothing of file
        // systems that are mounted below a directory of the machine. An overlay has neither problem.
        var source = MountCopy(layers, subPath, mount.ReadOnly);
        return new SpecMount(points.Add(mount.Target, isDirectory), "bind", source, BindOptions(mount.ReadOnly));
    }

    private IReadOnlyList<string> BindOptions(bool readOnly)
        => NoDevices ? ["rbind", readOnly ? "ro" : "rw", "nodev"] : ["rbind", readOnly ? "ro" : "rw"];

    // The sources may be one file: then its directory is what is stacked.
    private void FindSource(BindStepMount mount, out IReadOnlyList<string> layers, out string subPath, out bool isDirectory)
    {
        if (mount.Sources is [var single]
            && mount.SubPath.Trim('/').Length == 0
            && LinuxFiles.Look(single, follow: true) is { IsDirectory: false })
        {
            layers = [Path.GetDirectoryName(single)!];
            subPath = Path.GetFileName(single);
            isDirectory = false;
            return;
        }

        layers = mount.Sources;
        var path = new StackedRoot(mount.Sources, isRootless).Resolve(mount.SubPath);
        if (!path.Exists || mount.Sources.Count == 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"Cannot mount '{mount.SubPath}' at {mount.Target}: it does not exist in the mount's source.")
            {
                Subject = mount.SubPath,
                Advice = "Check the source and from keys of the mount.",
            };
        }

        subPath = path.Path.TrimStart('/');
        isDirectory = path.Entry is null || path.Entry.Status is { IsDirectory: true };
    }

    private string MountCopy(IReadOnlyList<string> layers, string subPath, bool readOnly)
    {
        var bind = directory.Bind(_count);
        foreach (var name in (string[])["empty", "lower", "root", "upper", "work"])
        {
            Directory.CreateDirectory($"{bind}/{name}");
        }

        // Without an upper directory overlayfs wants two lower ones.
        MountOverlay(
            readOnly
                ? [$"{bind}/empty", .. layers]
                : layers, $"{bind}/lower", readOnly ? null : ($"{bind}/upper", $"{bind}/work"), $"{bind}/root");
        return subPath.Length == 0 ? $"{bind}/root" : $"{bind}/root/{subPath}";
    }

    private SpecMount AddCache(CacheStepMount mount)
        => new(points.Add(mount.Target, isDirectory: true), "bind", mount.Directory, BindOptions(mount.ReadOnly));

    private SpecMount AddTmpfs(TmpfsStepMount mount)
    {
        List<string> options = NoDevices ? ["nosuid", "nodev"] : ["nosuid"];
        if (mount.Size is > 0)
        {
            options.Add($"size={mount.Size.Value.ToString(CultureInfo.InvariantCulture)}");
        }

        return new SpecMount(points.Add(mount.Target, isDirectory: true), "tmpfs", "tmpfs", options);
    }

    private SpecMount AddSecret(SecretStepMount mount)
    {
        var file = $"{directory.Bundle}/secret{_count}";
        script.WriteFile(file, mount.Content);
        SetAccess(file, mount.Mode, mount.Uid, mount.Gid);

        // Scripts come this way, too.
        var isProgram = (mount.Mode & ExecuteBits) != 0;
        string[] options = isProgram ? ["rbind", "ro", "nosuid", "nodev"] : ["rbind", "ro", "nosuid", "noexec", "nodev"];
        return new SpecMount(points.Add(mount.Target, isDirectory: false), "bind", file, options);
    }

    private SpecMount AddAgent(SshStepMount mount)
    {
        var socket = directory.AgentSocket(_count);
        SetAccess(socket, mount.Mode, mount.Uid, mount.Gid);
        return new SpecMount(points.Add(mount.Target, isDirectory: false), "bind", socket, ["rbind", "nosuid", "noexec", "nodev"]);
    }

    private void SetAccess(string path, int mode, uint uid, uint gid)
    {
        script.Run("chmod", Convert.ToString(mode, 8).PadLeft(4, '0'), path);
        if (uid != 0 || gid != 0)
        {
            script.Run("chown", string.Create(CultureInfo.InvariantCulture, $"{uid}:{gid}"), path);
        }
    }
}
