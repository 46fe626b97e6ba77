using System.CommandLine;
using ZLayer.Cli.Commands.Containers.Creation;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer create IMAGE [COMMAND…]</c></summary>
internal sealed class CreateCommand : RuntimeCommand, IVerbatimTail
{
    private readonly CreationOptions _creation = new();

    public CreateCommand()
        : base("create", "Make a container without starting it. Options stand before IMAGE.")
        => Add([.. _creation.Arguments, .. _creation.All]);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var specification = await _creation.ReadAsync(parsed, Environment, cancellationToken);
        specification = specification with { StdinOnce = _creation.AttachesInput(parsed, specification) };
        var creation = await new ContainerCreator(runtime, Engine.ImageSource, _creation.IsQuiet(parsed)).CreateAsync(
            specification, _creation.OpenIdFile(parsed), cancellationToken);
        Screen.Line(creation.Id);
    }
}
