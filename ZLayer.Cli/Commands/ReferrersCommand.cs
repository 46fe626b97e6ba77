using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer referrers REF</c></summary>
internal sealed class ReferrersCommand : EngineCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "The image in its registry" };
    private readonly Option<string?> _type = new("--type") { Description = "Only artifacts of this type", HelpName = "TYPE" };

    public ReferrersCommand()
        : base("referrers", "List the signatures, SBOMs and other artifacts that refer to an image.")
    {
        Arguments.Add(_reference);
        Options.Add(_type);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        await foreach (var referrer in engine.GetReferrersAsync(
            Values.Reference(parsed.GetValue(_reference)!), parsed.GetValue(_type), cancellationToken))
        {
            LineOutput.Write($"{referrer.Digest}", referrer.ArtifactType ?? "-", $"{referrer.Size}");
        }
    }
}
