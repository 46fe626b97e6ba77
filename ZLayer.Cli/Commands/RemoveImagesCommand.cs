using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer rmi REF…</c></summary>
internal sealed class RemoveImagesCommand : EngineCommand
{
    private readonly Argument<string[]> _images = new("REF") { Description = "Images, by name or id", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _force = new("--force") { Description = "Remove all names of an image that is given by id" };

    private readonly Option<bool> _noPrune = OptionOf.Flag("--no-prune", "Keep the content until the next prune");

    public RemoveImagesCommand()
        : base("rmi", "Remove names of images, and images that lose their last name.")
    {
        Arguments.Add(_images);
        Options.Add(_force);
        Options.Add(_noPrune);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override bool WorksOnImageFiles(ParseResult parsed) => true;

    protected override bool LooksThroughStore => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var runtime = FindRuntime(parsed, engine);
        var force = parsed.GetValue(_force);
        var images = parsed.GetValue(_images)!;
        if (runtime is null)
        {
            engine.Images.Remove(
                images,
                new ImageRemovalOptions { Force = force, NoPrune = parsed.GetValue(_noPrune) },
                Show,
                (_, error) => Outcome = ErrorReport.Failure(error, parsed.GetValue(CommonOptions.Verbose)),
                cancellationToken);
            return;
        }

        foreach (var image in images)
        {
            Show(await runtime.RemoveImageAsync(image, force, cancellationToken));
        }
    }

    private static void Show(ImageRemoval removal)
    {
        foreach (var reference in removal.Untagged)
        {
            Screen.Line($"Untagged: {reference}");
        }

        foreach (var digest in removal.Deleted)
        {
            Screen.Line($"Deleted: {digest}");
        }
    }
}
