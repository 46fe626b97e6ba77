using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>What this process may do with owners of files (user_namespaces(7)).</summary>
internal static class UserNamespaces
{
    // Inside, outside, count: the machine's own namespace maps every id to itself.
    private const string EverythingToItself = "0 0 4294967295";
    private const string Map = "/proc/self/uid_map";

    /// <summary>True in the machine's own namespace: root there is root of the machine.</summary>
    public static bool IsInitial
        => !File.Exists(Map)
            || string.Join(' ', File.ReadAllText(Map).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) == EverythingToItself;

    /// <summary>How this process can extract layers: as root of the machine, as root of a user namespace, or as an ordinary user.</summary>
    public static LayerExtractionOptions ExtractionOptions()
        => !OperatingSystem.IsLinux() || SystemCalls.EffectiveUser() != 0 ? LayerExtractionOptions.Unprivileged
            : IsInitial ? new LayerExtractionOptions()
            : new LayerExtractionOptions { CreateDevices = false, UseUserAttributes = true };
}
