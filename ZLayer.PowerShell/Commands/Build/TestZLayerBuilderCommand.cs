using System.Management.Automation;
using ZLayer.Core.Builds;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Tells whether a builder can build now, and whether it can run the steps of images of certain platforms.</summary>
/// <remarks>
/// <para>
/// The answer is true or false, never an error: the reason for false goes to the verbose stream. Without -Name the builder is tested that
/// Invoke-ZLayerBuild uses. Images of other platforms can be built without RUN, too: -Platform asks for those whose RUN steps can be
/// carried out here.
/// </para>
/// </remarks>
/// <example>
/// <summary>Skip what needs a builder</summary>
/// <code>if (-not (Test-ZLayerBuilder -Verbose)) { return }</code>
/// </example>
/// <example>
/// <summary>Ask whether RUN steps work for another platform</summary>
/// <code>Test-ZLayerBuilder native -Platform linux/arm64</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/spec.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerBuilderCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "ZLayerBuilder")]
[OutputType(typeof(bool))]
public sealed class TestZLayerBuilderCommand : ZLayerAsyncCmdlet
{
    /// <summary>The name of the builder; without it the one that builds when none is named.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The name of the builder; without it the one that builds when none is named.")]
    [ValidateNotNullOrEmpty]
    [TextOf("the name of a builder such as 'native', or an object of Get-ZLayerBuilder", typeof(BuilderInfo))]
    [ArgumentCompleter(typeof(BuilderCompleter))]
    public string? Name { get; set; }

    /// <summary>The platforms whose RUN steps it must carry out.</summary>
    [Parameter(HelpMessage = "The platforms whose RUN steps it must carry out.")]
    [ValidateNotNullOrEmpty]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform[] Platform { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        RunAsync(async (sink, cancellationToken) =>
        {
            var reason = await WhyNotAsync(engine, cancellationToken);
            if (reason is not null)
            {
                await sink.WriteVerboseAsync(reason);
            }

            await sink.WriteObjectAsync(reason is null);
        });
    }

    private async Task<string?> WhyNotAsync(Core.ZLayerEngine engine, CancellationToken cancellationToken)
    {
        foreach (var builder in engine.Builders)
        {
            var info = await builder.DescribeAsync(cancellationToken);
            if (Name is null ? info.IsDefault : info.Name.Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                return !info.IsAvailable ? $"{info.Name}: {info.Reason}"
                    : Array.Find(
                        Platform, wanted => !info.Platforms.Any(wanted.Accepts)) is { } missing ? $"{info.Name} cannot carry out RUN steps for {missing}."
                    : null;
            }
        }

        return Name is null ? "There is no builder." : $"There is no builder '{Name}'.";
    }
}
