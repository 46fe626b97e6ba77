using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer stats [CONTAINER…]</c></summary>
internal sealed class StatsCommand : RuntimeCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly ContainerFilter Running = new() { States = [ContainerState.Running, ContainerState.Paused] };

    private readonly Argument<string[]> _containers = new("CONTAINER") { Description = "Containers, by name or id (default: all that run, also those that start later)", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _once = OptionOf.Flag("--no-stream", "Show one measurement and end");
    private readonly Option<string?> _format = OptionOf.Format();
    private readonly Option<bool> _whole = OptionOf.Flag("--no-trunc", "Show whole ids");

    public StatsCommand()
        : base("stats", "Show what containers use: CPU, memory, network, block devices, processes.")
        => Add(_containers, _once, _format, _whole);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var board = new StatsBoard(parsed.GetValue(_whole));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var once = parsed.GetValue(_once);
        Task Measure(ContainerInfo container, CancellationToken token) => MeasureAsync(runtime, container, board, once, token);
        var all = parsed.GetValue(_containers) is { Length: > 0 } named
            ? ForEachAsync(parsed, named, async name => await Measure(await runtime.InspectContainerAsync(name, end.Token), end.Token), named.Length)
            : once ? Task.WhenAll((await runtime.ListContainersAsync(Running, cancellationToken)).Select(container => UntilItEndsAsync(Measure(container, end.Token))))
            : runtime.ForEachRunningAsync(_ => true, (container, token) => UntilItEndsAsync(Measure(container, token)), end.Token);
        if (once)
        {
            await all;
            Show(parsed, board);
            return;
        }

        // A new picture a second; a container that has ended shows its last measurement no longer.
        try
        {
            await Task.WhenAny(all, board.First, Task.Delay(Interval, cancellationToken));
            while (!all.IsCompleted)
            {
                Redraw(parsed, board);
                await Task.WhenAny(all, Task.Delay(Interval, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }

            await all;
        }
        finally
        {
            await end.CancelAsync();
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Nobody asked for this container: it need not have lived long enough.
    private static async Task UntilItEndsAsync(Task measuring)
    {
        try
        {
            await measuring;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotRunning)
        {
        }
    }

    /// <summary>Measures a container until it ends, or once.</summary>
    /// <exception cref="ZLayerException">ContainerNotRunning: it did not run, or not for long enough.</exception>
    private static async Task MeasureAsync(IContainerRuntime runtime, ContainerInfo container, StatsBoard board, bool once, CancellationToken cancellationToken)
    {
        StatsSample? earlier = null;
        try
        {
            await foreach (var sample in runtime.StreamStatsAsync(container.Id, cancellationToken))
            {
                var statistic = ContainerStatistic.From(container.Name, container.Id, earlier, sample) with { Runtime = runtime.Name };
                if (earlier is not null || !once)
                {
                    board.Set(statistic);
                }

                if (earlier is not null && once)
                {
                    return;
                }

                earlier = sample;
            }
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ContainerNotRunning or ZLayerErrorKind.ContainerNotFound)
        {
            // It has ended: perhaps while it was watched.
        }

        board.Remove(container.Id);
        if (once || earlier is null)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerNotRunning, $"Cannot measure the container '{container.Name}': it does not run.")
            {
                Subject = container.Name,
                Advice = "Start the container first.",
            };
        }
    }

    private void Redraw(ParseResult parsed, StatsBoard board)
    {
        if (LocalTerminal.OfProcess.IsOutput && parsed.GetValue(_format) != "json")
        {
            // Home, and clear what is below.
            LineOutput.Write("\u001b[H\u001b[J" + board.Table().TrimEnd('\n'));
        }
        else
        {
            Show(parsed, board);
        }
    }

    private void Show(ParseResult parsed, StatsBoard board)
    {
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(board.Current());
        }
        else
        {
            LineOutput.Write(board.Table().TrimEnd('\n'));
        }
    }
}
