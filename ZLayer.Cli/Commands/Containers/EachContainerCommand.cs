using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>A command that does one thing to each of several containers, and prints those that it did it to.</summary>
internal abstract class EachContainerCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();

    protected EachContainerCommand(string name, string description)
        : base(name, description)
        => Arguments.Add(_containers);

    protected abstract Task ApplyAsync(
        ParseResult parsed, IContainerRuntime runtime, string container, CancellationToken cancellationToken);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
        => ForEachAsync(parsed, parsed.GetValue(_containers)!, async container =>
        {
            await ApplyAsync(parsed, runtime, container, cancellationToken);
            Screen.Line(container);
        });
}
