using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer stop CONTAINER…</c></summary>
internal class StopCommand : RuntimeCommand
{
    private const int StopsAtOnce = 50;

    private readonly Argument<string[]> _containers = Containers();
    private readonly Option<string?> _signal
        = OptionOf.Text("--signal", "SIGNAL", "The signal to begin with (default: the container's own, else SIGTERM)", "-s");
    private readonly Option<int?> _time = new("--time", "-t", "--timeout")
    {
        Description = "Seconds after the signal until the container is killed; -1 waits for ever (default: the container's own, else 10)",
        HelpName = "SECONDS",
    };

    public StopCommand()
        : this("stop", "Stop containers: a signal, then after a while SIGKILL.")
    {
    }

    protected StopCommand(string name, string description)
        : base(name, description)
        => Add(_containers, _signal, _time);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var options = new ContainerStopOptions
        {
            Signal = parsed.ReadValue(_signal, Signal.Parse),
            GracePeriod = parsed.GetValue(_time) switch
            {
                null => null,
                < 0 => Timeout.InfiniteTimeSpan,
                { } seconds => TimeSpan.FromSeconds(seconds),
            },
        };
        return ForEachAsync(
            parsed,
            parsed.GetValue(_containers)!,
            async container =>
            {
                await ApplyAsync(runtime, container, options, cancellationToken);
                Screen.Line(container);
            },
            StopsAtOnce);
    }

    protected virtual Task ApplyAsync(
        IContainerRuntime runtime, string container, ContainerStopOptions options, CancellationToken cancellationToken)
        => runtime.StopContainerAsync(container, options, cancellationToken);
}
