using System.Management.Automation;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the builders, and says what each can do on this machine.</summary>
/// <remarks>
/// <para>
/// A builder turns a Dockerfile into an image. One that is not available here says why in its property Reason: usually a program is
/// missing.
/// </para>
/// </remarks>
/// <example>
/// <summary>See what can build here</summary>
/// <code>Get-ZLayerBuilder | Format-List</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/spec.md">OCI runtime specification</seealso>
/// <seealso cref="InvokeZLayerBuildCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerBuilder")]
[OutputType(typeof(BuilderInfo))]
public sealed class GetZLayerBuilderCommand : ZLayerAsyncCmdlet
{
    /// <summary>The names of builders, with wildcards; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The names of builders, with wildcards.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [TextOf("the name of a builder such as 'native', or an object of Get-ZLayerBuilder", typeof(BuilderInfo))]
    [ArgumentCompleter(typeof(BuilderCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only builders that can build here and now.</summary>
    [Parameter(HelpMessage = "Only builders that can build here and now.")]
    public SwitchParameter Available { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        RunAsync(async (sink, cancellationToken) =>
        {
            foreach (var name in Name)
            {
                var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
                var found = engine.Builders.Where(builder => pattern.IsMatch(builder.Name)).ToList();
                if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                {
                    await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(NotFound(name, engine.Builders)));
                }

                foreach (var builder in found)
                {
                    var description = await builder.DescribeAsync(cancellationToken);
                    if (!Available || description.IsAvailable)
                    {
                        await sink.WriteObjectAsync(description);
                    }
                }
            }
        });
    }

    private static ZLayerException NotFound(string name, IReadOnlyList<IBuildBackend> builders)
        => new(ZLayerErrorKind.BuilderUnavailable, $"There is no builder '{name}'.")
        {
            Subject = name,
            Advice = "The builders are: " + string.Join(", ", builders.Select(builder => builder.Name)) + ".",
        };
}
