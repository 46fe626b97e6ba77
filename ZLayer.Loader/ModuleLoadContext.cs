using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace ZLayer.Loader;

/// <summary>
/// Holds the module's assemblies and what they depend on, so that other modules of the process may use other versions.
/// Only what lies in <c>lib/</c> is loaded here; everything else is the process's own. A folder there that is named after the platform,
/// such as <c>lib/linux-x64</c>, holds the same assemblies compiled ahead of time for it, and is preferred.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private readonly string _directory;
    private readonly string _compiled;

    public ModuleLoadContext(string directory)
        : base("ZLayer", isCollectible: false)
    {
        _directory = directory;
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        _compiled = Path.Combine(directory, $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}");
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Array.Find(
            [Path.Combine(_compiled, assemblyName.Name + ".dll"), Path.Combine(_directory, assemblyName.Name + ".dll")], File.Exists);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    // PowerShell's probing beside the module reaches the default context only. What is not shipped is the system's: zero leaves it to the
    // loader.
    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName)
    {
        var path = Path.Combine(_directory, unmanagedDllName);
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : IntPtr.Zero;
    }
}
