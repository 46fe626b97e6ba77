namespace ZLayer.Core.Tests.Layers;

/// <summary>A real overlay mount on a file system that overlayfs can use as an upper one.</summary>
internal sealed class OverlayMount : IDisposable
{
    private bool _isMounted;

    private OverlayMount(string directory)
    {
        Upper = Directory.CreateDirectory(Path.Combine(directory, "upper")).FullName;
        Merged = Directory.CreateDirectory(Path.Combine(directory, "merged")).FullName;
    }

    public string Upper { get; }

    public string Merged { get; }

    /// <summary>Mounts over a lower directory that is filled first; null when this machine cannot.</summary>
    public static OverlayMount? TryCreate(TemporaryDirectory directory, Action<string> fillLower)
    {
        var lower = directory.CreateDirectory("lower");
        fillLower(lower);
        return TryMount(directory, lower);
    }

    /// <summary>Mounts lower directories, the topmost first.</summary>
    public static OverlayMount? TryMount(TemporaryDirectory directory, params string[] lowers)
    {
        if (!Linux.IsRoot)
        {
            return null;
        }

        var mount = new OverlayMount(directory.Path);
        var work = directory.CreateDirectory("work");
        var options = $"lowerdir={string.Join(':', lowers)},upperdir={mount.Upper},workdir={work},redirect_dir=off,metacopy=off";
        mount._isMounted = Program.TryRun("mount", ["-t", "overlay", "overlay", "-o", options, mount.Merged], out _);
        return mount._isMounted ? mount : null;
    }

    public void Dispose()
    {
        if (_isMounted)
        {
            Program.Run("umount", Merged);
            _isMounted = false;
        }
    }
}
