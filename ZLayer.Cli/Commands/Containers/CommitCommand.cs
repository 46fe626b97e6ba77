using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer commit CONTAINER [REF]</c></summary>
internal sealed class CommitCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Argument<string?> _reference = new("REF") { Description = "Name of the image", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _author = OptionOf.Text("--author", "NAME", "Who made the image", "-a");
    private readonly Option<string?> _message = OptionOf.Text("--message", "TEXT", "A remark for the history", "-m");
    private readonly Option<string[]> _changes
        = OptionOf.List("--change", "INSTRUCTION", "A Dockerfile instruction that changes the config, such as 'CMD [\"app\"]'", "-c");
    private readonly Option<bool> _pause
        = new("--pause", "-p") { Description = "Pause the container meanwhile (default: true)", DefaultValueFactory = _ => true };

    public CommitCommand()
        : base("commit", "Make an image of a container's file system.")
        => Add(_container, _reference, _author, _message, _changes, _pause);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var options = new CommitOptions
        {
            Target = parsed.GetValue(_reference) is { } reference ? Values.Reference(reference) : null,
            Author = parsed.GetValue(_author),
            Comment = parsed.GetValue(_message),
            Changes = parsed.All(_changes),
            Pause = parsed.GetValue(_pause),
        };
        Screen.Line(await runtime.CommitContainerAsync(parsed.GetValue(_container)!, options, cancellationToken));
    }
}
