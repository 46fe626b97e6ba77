using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the container runtimes, whether each can be used now, and what it offers.</summary>
/// <remarks>
/// <para>
/// Those that are built in come first, then those that Register-ZLayerRuntime named, then the engine that the session uses by its address.
/// </para>
/// <para>
/// A runtime that does not answer is listed with the reason. The default is the one that cmdlets use for bare names in this session: the
/// choice of Use-ZLayerRuntime, else ZLAYER_RUNTIME, else docker.
/// </para>
/// <para>With -Detailed each runtime also tells of its machine: storage driver, cgroups, kernel, counts of containers and images.</para>
/// </remarks>
/// <example>
/// <summary>See which runtimes can be used</summary>
/// <code>Get-ZLayerRuntime -Available</code>
/// </example>
/// <example>
/// <summary>See on what machine the Docker engine runs</summary>
/// <code>(Get-ZLayerRuntime docker -Detailed).Host | Format-List</code>
/// </example>
/// <example>
/// <summary>List what a runtime offers</summary>
/// <code>(Get-ZLayerRuntime fake).Capabilities</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="TestZLayerRuntimeCommand"/>
/// <seealso cref="UseZLayerRuntimeCommand"/>
/// <seealso cref="RegisterZLayerRuntimeCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerRuntime")]
[OutputType(typeof(RuntimeInfo))]
public sealed class GetZLayerRuntimeCommand : ZLayerAsyncCmdlet
{
    /// <summary>The names of runtimes, with wildcards, or addresses of engines; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The names of runtimes, with wildcards, or addresses; all without it.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [TextOf("the name of a runtime such as 'docker', or an object of Get-ZLayerRuntime", typeof(RuntimeInfo))]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only runtimes that can be used now.</summary>
    [Parameter(HelpMessage = "Only runtimes that can be used now.")]
    public SwitchParameter Available { get; set; }

    /// <summary>Also asks each runtime for its machine.</summary>
    [Parameter(HelpMessage = "Also asks each runtime for its machine.")]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ZLayerSession.Current;
        var runtimes = session.GetEngine(FullRoot).Runtimes;
        var chosen = session.RuntimeName ?? runtimes.DefaultName;
        RunAsync(async (sink, cancellationToken) =>
        {
            foreach (var name in Name)
            {
                IReadOnlyList<IContainerRuntime> found;
                try
                {
                    found = Find(runtimes, name, chosen);
                }
                catch (ZLayerException exception)
                {
                    await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, name));
                    continue;
                }

                var answers = found.Select(runtime => runtime.DescribeAsync(Detailed, cancellationToken)).ToList();
                foreach (var answer in answers)
                {
                    var info = await answer;
                    if (!Available || info.IsAvailable)
                    {
                        await sink.WriteObjectAsync(info with { IsDefault = info.Name.Equals(chosen, StringComparison.OrdinalIgnoreCase) });
                    }
                }
            }
        });
    }

    // The brackets of an IPv6 address are no pattern.
    private static IReadOnlyList<IContainerRuntime> Find(RuntimeSet runtimes, string name, string chosen)
    {
        if (RuntimeAddress.IsAddress(name) || !WildcardPattern.ContainsWildcardCharacters(name))
        {
            return [runtimes.Get(name)];
        }

        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return [.. runtimes.Names.Append(chosen).Distinct(StringComparer.OrdinalIgnoreCase).Where(pattern.IsMatch).Select(runtimes.Get)];
    }
}
