using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer history REF</c></summary>
internal sealed class HistoryCommand : EngineCommand
{
    private const int InstructionWidth = 60;

    private readonly Argument<string> _image = new("REF") { Description = "The image, by name or id" };

    public HistoryCommand()
        : base("history", "Show how an image came about, newest step first.")
    {
        Arguments.Add(_image);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var table = new TextTable("CREATED", "SIZE", "CREATED BY", "COMMENT");
        var image = parsed.GetValue(_image)!;
        foreach (var entry in FindRuntime(parsed, engine) is { } runtime
            ? await runtime.GetImageHistoryAsync(image, cancellationToken)
            : engine.Images.GetHistory(image))
        {
            var instruction = DisplayText.Line(entry.CreatedBy.ReplaceLineEndings(" "));
            var shown = Console.IsOutputRedirected || instruction.Length <= InstructionWidth
                ? instruction
                : instruction[..(InstructionWidth - 1)] + "…";
            table.Add(Texts.Age(entry.Created, now), Texts.Size(entry.Size), shown, entry.Comment ?? "");
        }

        table.WriteTo(Console.Out);
    }
}
