using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer inspect NAME</c></summary>
internal sealed class InspectCommand : EngineCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The image or container, by name or id" };
    private readonly Option<string?> _type
        = OptionOf.Choice("--type", "What it is (default: an image, else a container)", "image", "container");

    private readonly Option<bool> _remote = new("--remote") { Description = "Look the image up in its registry, without pulling it" };
    private readonly Option<string?> _platform = new("--platform")
    {
        Description = "The platform of an image with several (default: this machine's, else the first)",
        HelpName = "P",
    };

    public InspectCommand()
        : base("inspect", "Show everything about an image or a container, as JSON.")
    {
        Arguments.Add(_name);
        Options.Add(_type);
        Options.Add(_remote);
        Options.Add(_platform);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(_name)!;
        var type = parsed.GetValue(_type);
        if (parsed.GetValue(_remote))
        {
            var detail = await engine.InspectRemoteAsync(
                Values.Reference(name), Values.Platform(parsed.GetValue(_platform)), cancellationToken);
            Screen.Document(ImageJson.Detail(detail));
        }
        else if (type == "container" || (type is null && !await TryImageAsync(parsed, engine, name, cancellationToken)))
        {
            var runtime = engine.Runtimes.Get(parsed.GetValue(CommonOptions.ImageRuntime));
            JsonOutput.WriteRaw((await runtime.InspectContainerAsync(name, cancellationToken)).Raw);
        }
        else if (type == "image")
        {
            await ShowImageAsync(parsed, engine, name, cancellationToken);
        }
    }

    private async Task ShowImageAsync(ParseResult parsed, ZLayerEngine engine, string name, CancellationToken cancellationToken)
    {
        var platform = Values.Platform(parsed.GetValue(_platform));
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            if (platform is not null)
            {
                throw new UsageException(
                    "--platform is for images of ZLayer's store and of registries.", "Leave out --platform, or --runtime.");
            }

            JsonOutput.WriteRaw((await runtime.InspectImageAsync(name, cancellationToken)).Raw);
        }
        else
        {
            Screen.Document(ImageJson.Detail(engine.Images.Inspect(name, platform)));
        }
    }

    /// <summary>
    /// Shows the image of a name. Where there is none, a container may have it; where no runtime answers, the missing image is what counts.
    /// </summary>
    private async Task<bool> TryImageAsync(ParseResult parsed, ZLayerEngine engine, string name, CancellationToken cancellationToken)
    {
        try
        {
            await ShowImageAsync(parsed, engine, name, cancellationToken);
            return true;
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ImageNotFound or ZLayerErrorKind.InvalidImageReference)
        {
            if (!await IsContainerAsync(parsed, engine, name, cancellationToken))
            {
                throw;
            }

            return false;
        }
    }

    private static async Task<bool> IsContainerAsync(
        ParseResult parsed, ZLayerEngine engine, string name, CancellationToken cancellationToken)
    {
        try
        {
            await engine.Runtimes.Get(parsed.GetValue(CommonOptions.ImageRuntime)).GetContainerStateAsync(name, cancellationToken);
            return true;
        }
        catch (ZLayerException)
        {
            return false;
        }
    }
}
