using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer wait CONTAINER…</c></summary>
internal sealed class WaitCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();

    public WaitCommand()
        : base("wait", "Wait until containers end, and print their exit codes.")
        => Arguments.Add(_containers);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        // All at once, so that none is missed; printed in the order in which they were named.
        var waits = parsed.GetValue(_containers)!.Select(container => runtime.WaitContainerAsync(container, cancellationToken)).ToList();
        foreach (var wait in waits)
        {
            try
            {
                Screen.Line(await wait);
            }
            catch (ZLayerException e)
            {
                Outcome = ErrorReport.Failure(e, parsed.GetValue(CommonOptions.Verbose));
            }
        }
    }
}
