using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Takes away the name that Register-ZLayerRuntime gave to a container engine.</summary>
/// <remarks>
/// <para>
/// The engine and what it holds stay as they are; cmdlets that work with it go on. Objects that came from it no longer lead to it. Where
/// Use-ZLayerRuntime chose it in this session, the default is used again.
/// </para>
/// <para>The runtimes that are built in cannot be taken away. A pattern passes them over.</para>
/// </remarks>
/// <example>
/// <summary>Forget an engine</summary>
/// <code>Register-ZLayerRuntime lab -Endpoint tcp://lab.example.com:2375
/// Unregister-ZLayerRuntime lab</code>
/// </example>
/// <example>
/// <summary>Forget all engines that were registered</summary>
/// <code>Unregister-ZLayerRuntime *</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="RegisterZLayerRuntimeCommand"/>
[Cmdlet(VerbsLifecycle.Unregister, "ZLayerRuntime", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(void))]
public sealed class UnregisterZLayerRuntimeCommand : ZLayerCmdlet
{
    /// <summary>The names, with wildcards, or objects of Get-ZLayerRuntime.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The names, with wildcards.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [TextOf("the name of a runtime, or an object of Get-ZLayerRuntime", typeof(RuntimeInfo))]
    [ArgumentCompleter(typeof(NamedRuntimeCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ZLayerSession.Current;
        var runtimes = session.GetEngine(FullRoot).Runtimes;
        foreach (var name in Name)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            foreach (var found in WildcardPattern.ContainsWildcardCharacters(name)
                ? runtimes.Names.Where(known => pattern.IsMatch(known) && !runtimes.IsBuiltIn(known) && !RuntimeAddress.IsAddress(known))
                : [name])
            {
                if (!ShouldProcess($"runtime '{found}'", "Unregister"))
                {
                    continue;
                }

                try
                {
                    runtimes.Unregister(found);
                }
                catch (ZLayerException exception)
                {
                    WriteError(ErrorMapper.ToErrorRecord(exception, found));
                    continue;
                }

                if (string.Equals(session.RuntimeName, found, StringComparison.OrdinalIgnoreCase))
                {
                    session.RuntimeName = null;
                    WriteVerbose($"The session uses the runtime '{runtimes.DefaultName}' again.");
                }
            }
        }
    }
}
