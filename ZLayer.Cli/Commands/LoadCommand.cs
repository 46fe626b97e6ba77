using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer load FILE</c></summary>
internal sealed class LoadCommand : EngineCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "An OCI layout (directory or archive) or docker-save archive, plain, gzip or zstd" };

    public LoadCommand()
        : base("load", "Read the images of an archive into the store.")
        => Arguments.Add(_file);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        IReadOnlyList<ImageInfo> images;
        await using (var display = new TransferDisplay())
        {
            images = await engine.LoadAsync(Path.GetFullPath(parsed.GetValue(_file)!), new LoadOptions(), display, cancellationToken);
        }

        foreach (var image in images)
        {
            Console.Out.WriteLine($"Loaded: {image}");
        }
    }
}
