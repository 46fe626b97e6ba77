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

    private static readonly ContainerFilter Running = new() { States = [ContainerState.Running, ContainerState.Paused], IsBrief = true };

    private readonly Argument<string[]> _containers = new("CONTAINER")
    {
        Description = "Containers, by name or id (default: all that run, also those that start later)",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<bool> _withIdle = OptionOf.Flag("--all", "Show also containers that do not run, with zeros", "-a");
    private readonly Option<bool> _once = OptionOf.Flag("--no-stream", "Show one measurement and end");
    private readonly Option<string?> _format = OptionOf.Format();
    private readonly Option<bool> _whole = OptionOf.Flag("--no-trunc", "Show whole ids");

    public StatsCommand()
        : base("stats", "Show what containers use: CPU, memory, network, block devices, processes.")
        => Add(_containers, _withIdle, _once, _format, _whole);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var named = parsed.GetValue(_containers) ?? [];
        var withIdle = parsed.GetValue(_withIdle);
        var ids = withIdle && named.Length > 0 ? await FindAsync(parsed, runtime, named, cancellationToken) : null;
        if (ids is { Count: 0 })
        {
            return;
        }

        var board = new StatsBoard(parsed.GetValue(_whole));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var once = parsed.GetValue(_once);
        bool IsMeant(ContainerInfo container) => ids is null || ids.Contains(container.Id);
        Task Measure(ContainerInfo container, CancellationToken token) => MeasureAsync(runtime, container, board, once, token);
        Task ShowIdle() => withIdle ? ShowIdleAsync(runtime, IsMeant, board, cancellationToken) : Task.CompletedTask;
        var all = named.Length > 0 && !withIdle
            ? ForEachAsync(
                parsed, named, async name => await Measure(await runtime.InspectContainerAsync(name, end.Token), end.Token), named.Length)
            : once ? Task.WhenAll(
                (await runtime.ListContainersAsync(Running, cancellationToken)).Where(IsMeant)
                    .Select(container => UntilItEndsAsync(Measure(container, end.Token))))
            : runtime.ForEachRunningAsync(IsMeant, (container, token) => UntilItEndsAsync(Measure(container, token)), end.Token);
        if (once)
        {
            await all;
            await ShowIdle();
            Show(parsed, board);
            return;
        }

        // A new picture a second; a container that has ended shows its last measurement no longer.
        try
        {
            await Task.WhenAny(all, board.First, Task.Delay(Interval, cancellationToken));
            while (!all.IsCompleted)
            {
                await ShowIdle();
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

    /// <summary>The ids of containers that are named; what there is none of is reported.</summary>
    private async Task<IReadOnlySet<string>> FindAsync(
        ParseResult parsed, IContainerRuntime runtime, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await ForEachAsync(parsed, names, async name => ids.Add((await runtime.InspectContainerAsync(name, cancellationToken)).Id));
        return ids;
    }

    private static async Task ShowIdleAsync(
        IContainerRuntime runtime, Func<ContainerInfo, bool> isMeant, StatsBoard board, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var idle = (await runtime.ListContainersAsync(new ContainerFilter { IsBrief = true }, cancellationToken)).Where(
            container => isMeant(container) && !Running.States.Contains(container.State));
        board.SetIdle(
            [.. idle.Select(container => ContainerStatistic.Idle(container.Name, container.Id, now) with { Runtime = runtime.Name })]);
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
    private static async Task MeasureAsync(
        IContainerRuntime runtime, ContainerInfo container, StatsBoard board, bool once, CancellationToken cancellationToken)
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
            throw new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning, $"Cannot measure the container '{container.Name}': it does not run.")
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
            LineOutput.WriteAsIs("\u001b[H\u001b[J" + board.Table().TrimEnd('\n'));
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
            LineOutput.WriteAsIs(board.Table().TrimEnd('\n'));
        }
    }
}
