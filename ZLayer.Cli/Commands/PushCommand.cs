using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer push REF [DEST]</c></summary>
internal sealed class PushCommand : EngineCommand
{
    private readonly Argument<string> _source = new("REF") { Description = "The image in the store, by name or id" };
    private readonly Argument<string?> _destination
        = new("DEST") { Description = "Where to push it to (default: REF)", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<ImageFormat?> _format = new("--format")
    {
        Description = "The types of its documents: oci or docker, for registries that know no others (default: as it is)",
    };

    public PushCommand()
        : base("push", "Send an image to a registry.")
    {
        Arguments.Add(_source);
        Arguments.Add(_destination);
        Options.Add(_format);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var destination = parsed.GetValue(_destination) is { } text ? Values.Reference(text) : null;
        PushResult result;
        await using (var display = new TransferDisplay())
        {
            result = await engine.PushAsync(
                parsed.GetValue(_source)!, destination, new PushOptions { Format = parsed.GetValue(_format) }, display, cancellationToken);
        }

        PushSummary.Write(result);
    }
}
