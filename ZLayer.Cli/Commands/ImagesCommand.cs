using System.CommandLine;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer images</c></summary>
internal sealed class ImagesCommand : EngineCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Write a JSON array" };

    public ImagesCommand()
        : base("images", "List the images of the store, or of a runtime.")
    {
        Options.Add(_json);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override bool LooksThroughStore => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var images = FindRuntime(parsed, engine) is { } runtime ? await runtime.ListImagesAsync(cancellationToken) : engine.Images.List();
        if (parsed.GetValue(_json))
        {
            Screen.Document(ImageJson.List(images));
            return;
        }

        var now = DateTimeOffset.UtcNow;
        var table = new TextTable("REPOSITORY", "TAG", "IMAGE ID", "PLATFORM", "CREATED", "SIZE");
        foreach (var image in images)
        {
            table.Add(image.Repository, image.Tag, image.Id.ShortHex, image.Platform.ToString(), Texts.Age(image.Created, now), Texts.Size(image.Size));
        }

        table.WriteTo(Console.Out);
    }
}
