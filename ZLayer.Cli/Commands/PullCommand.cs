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
    private readonly Option<string[]> _platforms
        = OptionOf.List("--platform", "P[,P]", "The platforms to take from an image of several (default: this machine's)");
    private readonly Option<PullPolicy?> _policy
        = OptionOf.ChoiceOrNothing<PullPolicy>("--policy", "When the registry is asked (default: always)");

    public PullCommand()
        : base("pull", "Fetch an image from a registry.")
    {
        Arguments.Add(_reference);
        Options.Add(_platforms);
        Options.Add(_policy);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var reference = Values.Reference(parsed.GetValue(_reference)!);
        var platforms = Values.Platforms(parsed.All(_platforms));
        var policy = parsed.GetValue(_policy) ?? PullPolicy.Always;
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            var options = new RuntimePullOptions
            {
                Policy = policy,
                Platform = platforms.Count <= 1
                    ? platforms.SingleOrDefault()
                    : throw new UsageException("A runtime pulls one platform at a time.", "Give one --platform, or leave out --runtime."),
            };
            await PullAsync(runtime, reference, options, cancellationToken);
            return;
        }

        ImageInfo image;
        await using (var display = new TransferDisplay())
        {
            image = await engine.PullAsync(reference, platforms, policy, display, cancellationToken);
        }

        Screen.Line($"{reference.ToFamiliarString()} {image.Digest}");
    }

    private static async Task PullAsync(
        IContainerRuntime runtime, ImageReference reference, RuntimePullOptions options, CancellationToken cancellationToken)
    {
        PullDone done;
        await using (var display = new RuntimePullDisplay())
        {
            done = await display.ShowAsync(runtime.PullImageStreamAsync(reference, options, cancellationToken));
        }

        Screen.Line($"{reference.ToFamiliarString()} {done.Digest}".TrimEnd());
    }
}
