using System.CommandLine;
using ZLayer.Cli.Arguments;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer tag SOURCE TARGET</c></summary>
internal sealed class TagCommand : EngineCommand
{
    private readonly Argument<string> _source = new("SOURCE") { Description = "The image, by name or id" };
    private readonly Argument<string> _target = new("TARGET") { Description = "Its new name" };

    public TagCommand()
        : base("tag", "Give an image of the store, or of a runtime, another name.")
    {
        Arguments.Add(_source);
        Arguments.Add(_target);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var (source, target) = (parsed.GetValue(_source)!, Values.Reference(parsed.GetValue(_target)!));
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            return runtime.TagImageAsync(source, target, cancellationToken);
        }

        engine.Images.SetName(source, target);
        return Task.CompletedTask;
    }
}
