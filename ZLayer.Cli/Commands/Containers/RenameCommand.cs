using System.CommandLine;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer rename CONTAINER NAME</c></summary>
internal sealed class RenameCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Argument<string> _name = new("NAME") { Description = "The new name" };

    public RenameCommand()
        : base("rename", "Give a container another name.")
        => Add(_container, _name);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
        => runtime.RenameContainerAsync(parsed.GetValue(_container)!, parsed.GetValue(_name)!, cancellationToken);
}
