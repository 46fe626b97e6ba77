using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Commands.Containers.Creation;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer update CONTAINER…</c></summary>
internal sealed class UpdateCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();
    private readonly LimitOptions _limits = new();
    private readonly Option<string?> _restart
        = OptionOf.Text("--restart", "POLICY", "When it is started again: no, always, unless-stopped, on-failure[:N]");

    public UpdateCommand()
        : base("update", "Change limits and the restart policy of containers.")
        => Add([_containers, .. _limits.All, _restart]);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var update = new ContainerUpdate { Limits = _limits.Read(parsed), RestartPolicy = parsed.Read(_restart, RestartPolicy.Parse) };
        if (update.IsEmpty)
        {
            throw new UsageException("Nothing is to be changed.", "Name a limit, such as --memory 512m, or --restart.");
        }

        return ForEachAsync(parsed, parsed.GetValue(_containers)!, async container =>
        {
            Warn(await runtime.UpdateContainerAsync(container, update, cancellationToken));
            Screen.Line(container);
        });
    }
}
