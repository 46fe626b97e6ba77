using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer rm CONTAINER…</c></summary>
internal sealed class RemoveContainersCommand : EachContainerCommand
{
    private readonly Option<bool> _force = OptionOf.Flag("--force", "Kill running containers first; containers that are not there are no failure", "-f");
    private readonly Option<bool> _volumes = OptionOf.Flag("--volumes", "Remove their anonymous volumes too", "-v");

    public RemoveContainersCommand()
        : base("rm", "Remove containers.")
        => Add(_force, _volumes);

    protected override async Task ApplyAsync(ParseResult parsed, IContainerRuntime runtime, string container, CancellationToken cancellationToken)
    {
        var options = new ContainerRemoveOptions { Force = parsed.GetValue(_force), RemoveVolumes = parsed.GetValue(_volumes) };
        if (!await runtime.RemoveContainerAsync(container, options, cancellationToken) && !options.Force)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerNotFound, $"There is no container '{container}' to remove.")
            {
                Subject = container,
                Advice = "'zlayer ps --all' lists the containers.",
            };
        }
    }
}
