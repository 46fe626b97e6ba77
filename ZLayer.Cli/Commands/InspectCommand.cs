using System.CommandLine;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer inspect REF</c></summary>
internal sealed class InspectCommand : EngineCommand
{
    private readonly Argument<string> _image = new("REF") { Description = "The image, by name or id" };

    public InspectCommand()
        : base("inspect", "Show everything about an image of the store, as JSON.")
        => Arguments.Add(_image);

    protected override Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine(ImageJson.Detail(engine.Images.Inspect(parsed.GetValue(_image)!)));
        return Task.CompletedTask;
    }
}
