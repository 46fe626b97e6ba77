using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer push REF [DEST]</c></summary>
internal sealed class PushCommand : EngineCommand
{
    private readonly Argument<string> _source = new("REF") { Description = "The image in the store, by name or id" };
    private readonly Argument<string?> _destination
        = new("DEST") { Description = "Where to push it to (default: REF)", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<ImageFormat?> _format = OptionOf.ChoiceOrNothing<ImageFormat>(
        "--format", "The types of its documents: oci or docker, for registries that know no others (default: as it is)");
    private readonly Option<string?> _platform
        = OptionOf.Text("--platform", "P", "The platform to push of an image of several (default: all that the store holds)");
    private readonly CompressionOptions _compression = new("that the store holds uncompressed", "gzip");
    private readonly Option<bool> _force
        = OptionOf.Flag("--force-compression", "Also convert layers that have another compression already");

    public PushCommand()
        : base("push", "Send an image to a registry.")
    {
        Arguments.Add(_source);
        Arguments.Add(_destination);
        foreach (var option in (Option[])[_platform, _format, .. _compression.All, _force])
        {
            Options.Add(option);
        }
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var destination = parsed.GetValue(_destination) is { } text ? Values.Reference(text) : null;
        var options = new PushOptions
        {
            Platform = Values.Platform(parsed.GetValue(_platform)),
            Format = parsed.GetValue(_format),
            Compression = _compression.Kind(parsed) ?? LayerCompression.Gzip,
            Level = _compression.Level(parsed),
            ForceCompression = parsed.GetValue(_force),
        };
        PushResult result;
        await using (var display = new TransferDisplay())
        {
            result = await engine.PushAsync(parsed.GetValue(_source)!, destination, options, display, cancellationToken);
        }

        PushSummary.Write(result);
    }
}
