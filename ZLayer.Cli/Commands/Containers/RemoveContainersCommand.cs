using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer rm CONTAINER…</c>: prints those that it removed.</summary>
internal sealed class RemoveContainersCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();
    private readonly Option<bool> _force
        = OptionOf.Flag("--force", "Kill running containers first; containers that are not there are not a failure", "-f");
    private readonly Option<bool> _volumes = OptionOf.Flag("--volumes", "Remove their anonymous volumes too", "-v");

    public RemoveContainersCommand()
        : base("rm", "Remove containers.")
        => Add(_containers, _force, _volumes);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var options = new ContainerRemoveOptions { Force = parsed.GetValue(_force), RemoveVolumes = parsed.GetValue(_volumes) };
        return ForEachAsync(parsed, parsed.GetValue(_containers)!, async container =>
        {
            if (await runtime.RemoveContainerAsync(container, options, cancellationToken))
            {
                Screen.Line(container);
                return;
            }

            var missing = $"There is no container '{container}' to remove.";
            if (!options.Force)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.ContainerNotFound, missing) { Subject = container, Advice = "'zlayer ps --all' lists the containers." };
            }

            Warn([missing]);
        });
    }
}
