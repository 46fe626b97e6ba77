using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Measures what running containers use (stats): CPU, memory, network, block I/O, processes.</summary>
/// <remarks>
/// <para>
/// Without a name every running container is measured. Each container is measured over a second at least, as rates need two samples; all
/// are measured at once.
/// </para>
/// <para>
/// With -Follow a measurement of each container comes at each interval, until the containers that were named end or the pipeline does.
/// Without a name, and for wildcards, containers that start later are measured too, so that only the pipeline ends it.
/// </para>
/// </remarks>
/// <example>
/// <summary>Measure all running containers, the busiest first</summary>
/// <code>Measure-ZLayerContainer | Sort-Object CpuPercent -Descending</code>
/// </example>
/// <example>
/// <summary>Warn of containers that use more than 80 % of a CPU</summary>
/// <code>Measure-ZLayerContainer -Follow | Where-Object CpuPercent -gt 80 | ForEach-Object { Write-Warning "$($_.Name): $($_.CpuPercent) %" }</code>
/// </example>
/// <example>
/// <summary>Write a minute of measurements of one container to a file</summary>
/// <code>Measure-ZLayerContainer web -Follow -IntervalSeconds 5 | Select-Object -First 12 | Export-Csv -Path ./web.csv</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/stats/">docker container stats</seealso>
/// <seealso cref="GetZLayerContainerProcessCommand"/>
[Cmdlet(VerbsDiagnostic.Measure, "ZLayerContainer")]
[OutputType(typeof(ContainerStatistic))]
public sealed class MeasureZLayerContainerCommand : ContainerCmdlet
{
    private readonly List<ContainerTarget> _targets = [];
    private readonly List<ContainerIdentity> _patterns = [];

    /// <summary>
    /// The containers: names, ids or the beginnings of ids, wildcards, or container objects; all that run without it (stats).
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The containers whose stats are wanted; all that run without it.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [new ContainerIdentity("*", null)];

    /// <summary>
    /// Goes on, a measurement for each interval: until the named containers end; without a name, and for wildcards, also with containers
    /// that start later.
    /// </summary>
    [Parameter(HelpMessage = "Goes on, a measurement for each interval; without a name also with containers that start later.")]
    [Alias("Continuous")]
    public SwitchParameter Follow { get; set; }

    /// <summary>The time between two measurements of a container: seconds, '1m' or a TimeSpan. A second is the least.</summary>
    [Parameter(HelpMessage = "The time between two measurements of a container; a second is the least.")]
    [Alias("Interval")]
    [Duration]
    public Period IntervalSeconds { get; set; } = TimeSpan.FromSeconds(1);

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Running, ContainerState.Paused];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        _patterns.AddRange(Name.Where(IsFollowedPattern));
        return ForEachContainerAsync(
            Name.Where(identity => !IsFollowedPattern(identity)),
            sink,
            target =>
            {
                _targets.Add(target);
                return Task.CompletedTask;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        var targets = _targets.DistinctBy(target => (target.Runtime, target.Id)).ToList();
        var named = targets.Select(target => target.Id).ToHashSet();
        var patternsOf = _patterns.GroupBy(pattern => Runtimes.Of(pattern)).ToList();
        var measuring = ParallelWork.ForEachAsync(targets, Math.Max(1, targets.Count), sink, MeasureAsync, cancellationToken);
        var following = patternsOf.Select(patterns => FollowAsync(
            patterns.Key, container => !named.Contains(container.Id)
                && patterns.Any(pattern => ContainerSelection.Matching([container], pattern.Text).Any()), sink, cancellationToken));
        await Task.WhenAll([measuring, .. following]);
    }

    // What starts later is meant too, but only a pattern can mean it.
    private bool IsFollowedPattern(ContainerIdentity identity) => Follow && identity.IsPattern;

    private Task FollowAsync(
        IContainerRuntime runtime, Func<ContainerInfo, bool> isMeant, IPipelineSink sink, CancellationToken cancellationToken)
        => runtime.ForEachRunningAsync(
            isMeant,
            (container, token) => MeasureWhileRunningAsync(new ContainerTarget(runtime, container.Id, container.Name), sink, token),
            cancellationToken);

    private async Task MeasureWhileRunningAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        try
        {
            await MeasureAsync(target, sink, cancellationToken);
        }
        catch (ZLayerException exception) when (exception.Kind is ZLayerErrorKind.ContainerNotFound or ZLayerErrorKind.ContainerNotRunning)
        {
            // It ended before it was measured.
        }
    }

    private async Task MeasureAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        await foreach (var statistic in target.Runtime.MeasureAsync(target.Id, target.Name, IntervalSeconds, cancellationToken))
        {
            await sink.WriteObjectAsync(statistic);
            if (!Follow)
            {
                break;
            }
        }
    }
}
