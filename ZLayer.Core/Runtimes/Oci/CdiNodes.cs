using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// Device nodes of CDI files as the runtime's configuration has them. What a file leaves out is read from the node on the host.
/// </summary>
internal static class CdiNodes
{
    /// <summary>The node to make in the container.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuildStepInvalid"/>: the node is not on the host.</exception>
    public static SpecDevice ToDevice(CdiDeviceNode node)
    {
        var (type, major, minor) = Identify(node);
        return new SpecDevice
        {
            Path = node.Path,
            Type = type,
            Major = major,
            Minor = minor,
            FileMode = node.FileMode,
            Uid = node.Uid,
            Gid = node.Gid,
        };
    }

    /// <summary>The permission to use it.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuildStepInvalid"/>: the node is not on the host.</exception>
    public static SpecDeviceRule ToRule(CdiDeviceNode node)
    {
        var (type, major, minor) = Identify(node);
        return new SpecDeviceRule(true, node.Permissions is { Length: > 0 } permissions ? permissions : "rwm")
        {
            Type = type,
            Major = major,
            Minor = minor,
        };
    }

    private static (string Type, long? Major, long? Minor) Identify(CdiDeviceNode node)
    {
        var type = node.Type is { Length: > 0 } given ? given : null;
        if (type == "p" || (type is not null && node.Major is > 0))
        {
            return (type, node.Major, node.Minor ?? 0);
        }

        var path = node.HostPath is { Length: > 0 } host ? host : node.Path;
        return LinuxFiles.Look(path, follow: true) switch
        {
            { Type: LinuxFileStatus.CharacterDevice } status => ("c", status.DeviceMajor, status.DeviceMinor),
            { Type: LinuxFileStatus.BlockDevice } status => ("b", status.DeviceMajor, status.DeviceMinor),
            { Type: LinuxFileStatus.Fifo } => ("p", null, null),
            _ => throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"Cannot give the step the device {node.Path}: {path} is not a device on this machine.")
            {
                Subject = node.Path,
                Advice = "Load the device's driver, or write the CDI file again with the vendor's tool.",
            },
        };
    }
}
