using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Files that only system calls can make or look at.</summary>
internal static unsafe class Linux
{
    private static readonly Lazy<bool> FullRights = new(TryEverything);
    private static readonly Lazy<bool> UserAttributes = new(() => TrySetAttribute("user.overlay.test"));

    /// <summary>Whether this is root with the rights that layers need: in many containers root may neither make devices nor set trusted attributes.</summary>
    public static bool IsRoot => FullRights.Value;

    /// <summary>Whether the file system of temporary files keeps users' attributes.</summary>
    public static bool HasUserAttributes => UserAttributes.Value;

    public static void MakeNode(string path, uint type, uint major = 0, uint minor = 0)
    {
        fixed (byte* name = LinuxFiles.ToName(path))
        {
            // makedev(3) for numbers that fit the old format.
            Require(SystemCalls.MakeNode(LinuxFiles.CurrentDirectory, name, type | 0x1A4, (major << 8) | minor), path);
        }
    }

    public static void Link(string target, string path)
    {
        fixed (byte* from = LinuxFiles.ToName(target))
        fixed (byte* to = LinuxFiles.ToName(path))
        {
            Require(SystemCalls.MakeHardLink(LinuxFiles.CurrentDirectory, from, LinuxFiles.CurrentDirectory, to, 0), path);
        }
    }

    public static void SetAttribute(string path, string name, byte[] value)
        => Require(ExtendedAttributes.TrySet(path, name, value) ? 0 : -1, path);

    public static Dictionary<string, byte[]> Attributes(string path) => ExtendedAttributes.Read(path);

    public static LinuxFileStatus? Status(string path)
    {
        fixed (byte* name = LinuxFiles.ToName(path))
        {
            return LinuxFiles.Status(LinuxFiles.CurrentDirectory, name);
        }
    }

    public static void ChangeOwner(string path, uint uid, uint gid)
    {
        fixed (byte* name = LinuxFiles.ToName(path))
        {
            Require(LinuxFiles.ChangeOwner(LinuxFiles.CurrentDirectory, name, uid, gid), path);
        }
    }

    public static void SetTime(string path, DateTimeOffset time)
    {
        fixed (byte* name = LinuxFiles.ToName(path))
        {
            Require(LinuxFiles.SetTime(LinuxFiles.CurrentDirectory, name, time), path);
        }
    }

    private static bool TryEverything()
    {
        if (!OperatingSystem.IsLinux() || SystemCalls.EffectiveUser() != 0 || !TrySetAttribute("trusted.overlay.test"))
        {
            return false;
        }

        using var directory = new TemporaryDirectory();
        fixed (byte* name = LinuxFiles.ToName(directory.Combine("device")))
        {
            return SystemCalls.MakeNode(LinuxFiles.CurrentDirectory, name, LinuxFileStatus.BlockDevice, (7 << 8) | 99) == 0;
        }
    }

    private static bool TrySetAttribute(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        using var directory = new TemporaryDirectory();
        return ExtendedAttributes.TrySet(directory.Path, name, [1]);
    }

    private static void Require(int result, string path)
    {
        if (result != 0)
        {
            throw LinuxFiles.Failure("Preparing", path, isWrite: true);
        }
    }
}
