using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>
/// Gets what happened in a runtime, or with -Follow what happens: containers created, started, ended; images pulled; networks connected.
/// </summary>
/// <remarks>
/// <para>
/// Without -Follow the events end now: those since -Since, or all that the runtime remembers, which for a Docker engine are the last 256.
/// With -Follow events come as they happen, until the pipeline ends: with Ctrl+C, Select-Object -First, or -Until.
/// </para>
/// </remarks>
/// <example>
/// <summary>See what happened in the last ten minutes</summary>
/// <code>Get-ZLayerEvent -Since 10m</code>
/// </example>
/// <example>
/// <summary>Wait for the next container that ends</summary>
/// <code>Get-ZLayerEvent -Follow -Type container -Action die | Select-Object -First 1</code>
/// </example>
/// <example>
/// <summary>Watch one container</summary>
/// <code>Get-ZLayerEvent web -Follow | Format-Table Time, Action</code>
/// </example>
/// <example>
/// <summary>Watch a group of containers, those that are yet to be made too</summary>
/// <code>Get-ZLayerEvent 'web-*' -Follow</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/system/events/">Docker: events</seealso>
/// <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerEvent")]
[OutputType(typeof(ZLayerEvent))]
public sealed class GetZLayerEventCommand : RuntimeCmdlet
{
    private readonly List<ContainerIdentity> _containers = [];

    /// <summary>Only events of these containers: names, ids, wildcards, or container objects.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "Only events of these containers: names, ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Goes on with events as they happen, until the pipeline ends.</summary>
    [Parameter(HelpMessage = "Goes on with events as they happen, until the pipeline ends.")]
    public SwitchParameter Follow { get; set; }

    /// <summary>Begins with the events since then: a time, or a duration before now such as '10m'.</summary>
    [Parameter(HelpMessage = "Begins with the events since then: a time, or a duration before now such as '10m'.")]
    [PointInTime]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Ends with the events until then: a time, or a duration before now such as '1m'.</summary>
    [Parameter(HelpMessage = "Ends with the events until then: a time, or a duration before now such as '1m'.")]
    [PointInTime]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only events of these kinds of things: container, image, network, volume, daemon.</summary>
    [Parameter(HelpMessage = "Only events of these kinds of things: container, image, network, volume, daemon.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    public string[] Type { get; set; } = [];

    /// <summary>Only these actions: create, start, die, oom, health_status, pull.</summary>
    [Parameter(HelpMessage = "Only these actions: create, start, die, oom, health_status, pull.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventActionCompleter))]
    public string[] Action { get; set; } = [];

    /// <summary>Only events of things with these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(HelpMessage = "Only events of things with these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _containers.AddRange(Name);

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        var filter = new EventFilter
        {
            Since = Since ?? (Follow ? null : DateTimeOffset.UnixEpoch),
            Until = Until ?? (Follow ? null : DateTimeOffset.UtcNow),
            Types = Type,
            Actions = Action,
            Labels = Label,
        };
        if (_containers.Count == 0)
        {
            // An empty pipeline names no containers, which does not mean all of them.
            if (!MyInvocation.ExpectingInput)
            {
                await CopyAsync(Runtimes.Default, filter, [], sink, cancellationToken);
            }

            return;
        }

        // One that fails ends the others.
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var streams = _containers.GroupBy(Runtimes.Of).Select(group => Task.Run(
            async () =>
            {
                try
                {
                    await CopyAsync(group.Key, filter, [.. group], sink, any.Token);
                }
                catch
                {
                    await any.CancelAsync();
                    throw;
                }
            },
            CancellationToken.None)).ToList();
        await Task.WhenAll(streams);
    }

    private static async Task CopyAsync(
        IContainerRuntime runtime, EventFilter filter, IReadOnlyList<ContainerIdentity> containers, IPipelineSink sink, CancellationToken cancellationToken)
    {
        // Runtimes know no patterns; and what fits one may not exist yet.
        var chooses = containers.Any(container => container.IsPattern);
        filter = filter with { Containers = chooses ? [] : [.. containers.Select(container => container.Key)] };
        await foreach (var happened in runtime.GetEventsAsync(filter, cancellationToken))
        {
            if (!chooses || containers.Any(container => ContainerSelection.IsMeant(happened, container)))
            {
                await sink.WriteObjectAsync(happened);
            }
        }
    }
}
