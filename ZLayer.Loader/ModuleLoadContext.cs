using System.Reflection;
using System.Runtime.Loader;

namespace ZLayer.Loader;

/// <summary>
/// Holds the module's assemblies and what they depend on, so that other modules of the process may use other versions.
/// Only what lies in <c>lib/</c> is loaded here; everything else is the process's own.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private readonly string _directory;

    public ModuleLoadContext(string directory)
        : base("ZLayer", isCollectible: false)
        => _directory = directory;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(_directory, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    // PowerShell's probing beside the module reaches the default context only. What is not shipped is the system's: zero leaves it to the loader.
    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName)
    {
        var path = Path.Combine(_directory, unmanagedDllName);
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : IntPtr.Zero;
    }
}
