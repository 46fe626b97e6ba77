using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Oci;
using ZLayer.Core.Images;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer pull REF</c></summary>
internal sealed class PullCommand : EngineCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "The image, for example alpine:3 or localhost:5000/app" };
    private readonly Option<string?> _platform
        = new("--platform") { Description = "The platform to choose from an index (default: this machine's)", HelpName = "P" };

    public PullCommand()
        : base("pull", "Fetch an image from a registry.")
    {
        Arguments.Add(_reference);
        Options.Add(_platform);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var reference = Values.Reference(parsed.GetValue(_reference)!);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            await PullAsync(runtime, reference, Values.Platform(parsed.GetValue(_platform)), cancellationToken);
            return;
        }

        var options = new PullOptions
        {
            Platform = Values.Platform(parsed.GetValue(_platform)),
            RequirePlatform = true,
            Policy = PullPolicy.Always,
        };
        ImageInfo image;
        await using (var display = new TransferDisplay())
        {
            image = await engine.PullAsync(reference, options, display, cancellationToken);
        }

        Screen.Line($"{reference.ToFamiliarString()} {image.Digest}");
    }

    private static async Task PullAsync(
        IContainerRuntime runtime, ImageReference reference, Platform? platform, CancellationToken cancellationToken)
    {
        PullDone done;
        await using (var display = new RuntimePullDisplay())
        {
            done = await display.ShowAsync(
                runtime.PullImageStreamAsync(
                    reference, new RuntimePullOptions { Policy = PullPolicy.Always, Platform = platform }, cancellationToken));
        }

        Screen.Line($"{reference.ToFamiliarString()} {done.Digest}".TrimEnd());
    }
}
