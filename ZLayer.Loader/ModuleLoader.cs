using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace ZLayer.Loader;

/// <summary>
/// Runs when PowerShell imports the module, before its other assemblies: from then on exactly those that the manifest names are found in
/// <c>lib/</c> and live in a load context of their own.
/// </summary>
public sealed class ModuleLoader : IModuleAssemblyInitializer
{
    // PowerShell makes a new object for every import, of which there may be several at once in one process: the state is static.
    private static readonly Lock Gate = new();
    private static ModuleLoadContext? _context;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            if (_context is null)
            {
                var directory = Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!;
                _context = new ModuleLoadContext(Path.Combine(directory, "lib"));
                AssemblyLoadContext.Default.Resolving += Resolve;
            }
        }
    }

    /// <summary>The assembly of the cmdlets.</summary>
    internal static Assembly LoadModule() => Assembly.Load(new AssemblyName("ZLayer.PowerShell"));

    // It stays subscribed after Remove-Module: other runspaces may still import, and it answers to two names only.
    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name)
        => name.Name is "ZLayer.PowerShell" or "ZLayer.Core" ? _context?.LoadFromAssemblyName(new AssemblyName(name.Name)) : null;
}
