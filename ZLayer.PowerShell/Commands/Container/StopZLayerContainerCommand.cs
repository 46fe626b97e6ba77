using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Stops containers: gracefully, or with -Force at once (kill). With -Signal it sends any signal.</summary>
/// <remarks>
/// <para>
/// A container gets its stop signal, and is killed when it has not ended after its grace period. One that does not run is left alone. A
/// wildcard means the containers that run. Several containers are stopped at once, as -ThrottleLimit says.
/// </para>
/// <para>With -Force the container is killed at once; -Force -Signal sends another signal and does not wait for anything.</para>
/// </remarks>
/// <example>
/// <summary>Stop a container</summary>
/// <code>Stop-ZLayerContainer web</code>
/// </example>
/// <example>
/// <summary>Stop everything that runs, each within 5 seconds</summary>
/// <code>Stop-ZLayerContainer * -TimeoutSeconds 5</code>
/// </example>
/// <example>
/// <summary>Let a server read its configuration again</summary>
/// <code>Stop-ZLayerContainer web -Force -Signal HUP</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="RemoveZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Stop, "ZLayerContainer", SupportsShouldProcess = true, DefaultParameterSetName = GracefulSet)]
[OutputType(typeof(ContainerInfo))]
public sealed class StopZLayerContainerCommand : ContainerCmdlet
{
    private const string GracefulSet = "Graceful";
    private const string KillSet = "Kill";

    private readonly List<ContainerTarget> _targets = [];

    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>
    /// How long it may take after the signal before it is killed: seconds, '1m' or a TimeSpan; -1 for ever. Without it the container's own
    /// grace period, usually 10 seconds.
    /// </summary>
    [Parameter(ParameterSetName = GracefulSet, HelpMessage = "How long it may take after the signal before it is killed; -1 for ever.")]
    [Alias("Time")]
    [Duration(AllowInfinite = true)]
    public Period? TimeoutSeconds { get; set; }

    /// <summary>The signal. Without it the container's own stop signal; with -Force, SIGKILL.</summary>
    [Parameter(HelpMessage = "The signal; without it the container's own, with -Force SIGKILL.")]
    [Signal]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? Signal { get; set; }

    /// <summary>Sends the signal alone, SIGKILL unless -Signal says otherwise, and gives no time.</summary>
    [Parameter(ParameterSetName = KillSet, Mandatory = true, HelpMessage = "Sends the signal alone, SIGKILL unless -Signal says otherwise.")]
    public SwitchParameter Force { get; set; }

    /// <summary>How many containers are stopped at once.</summary>
    [Parameter(HelpMessage = "How many containers are stopped at once.")]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 5;

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    private protected override IReadOnlyList<ContainerState> ActsOn
        => [ContainerState.Running, ContainerState.Paused, ContainerState.Restarting];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            async target =>
            {
                if (await sink.ShouldProcessAsync(
                    target.Description, Force
                        ? $"Kill ({Signal ?? Core.Runtimes.Signal.Kill})"
                        : $"Stop ({StopDescription.Of(Signal, TimeoutSeconds)})"))
                {
                    _targets.Add(target);
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    protected override Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ParallelWork.ForEachAsync(_targets, ThrottleLimit, sink, StopAsync, cancellationToken);

    private async Task StopAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (Force)
        {
            await KillAsync(target, sink, cancellationToken);
        }
        else
        {
            await target.Runtime.StopContainerAsync(
                target.Id, new ContainerStopOptions { Signal = Signal, GracePeriod = TimeoutSeconds }, cancellationToken);
        }

        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }

    private async Task KillAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        try
        {
            await target.Runtime.KillContainerAsync(target.Id, Signal, cancellationToken);
        }
        catch (ZLayerException exception) when (Signal is null && exception.Kind == ZLayerErrorKind.ContainerNotRunning)
        {
            // What was wanted is so already; only another signal is lost on a container that does not run.
            await sink.WriteVerboseAsync($"{target.Description} does not run.");
        }
    }
}
