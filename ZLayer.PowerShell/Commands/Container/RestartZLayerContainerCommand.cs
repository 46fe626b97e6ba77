using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Stops containers and starts them again.</summary>
/// <remarks>
/// <para>A container that does not run is started. A wildcard means the containers that run.</para>
/// </remarks>
/// <example>
/// <summary>Restart one container</summary>
/// <code>Restart-ZLayerContainer web</code>
/// </example>
/// <example>
/// <summary>Restart all containers of a label, giving each a minute to end</summary>
/// <code>Get-ZLayerContainer -Label app=shop | Restart-ZLayerContainer -TimeoutSeconds 60</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="StopZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Restart, "ZLayerContainer", SupportsShouldProcess = true)]
[OutputType(typeof(ContainerInfo))]
public sealed class RestartZLayerContainerCommand : ContainerCmdlet
{
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
    [Parameter(HelpMessage = "How long it may take after the signal before it is killed; -1 for ever.")]
    [Alias("Time")]
    [Duration(AllowInfinite = true)]
    public Period? TimeoutSeconds { get; set; }

    /// <summary>The signal that asks it to stop; without it the container's own.</summary>
    [Parameter(HelpMessage = "The signal that asks it to stop; without it the container's own.")]
    [Signal]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? Signal { get; set; }

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    private protected override IReadOnlyList<ContainerState> ActsOn
        => [ContainerState.Running, ContainerState.Paused, ContainerState.Restarting];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(Name, sink, target => WorkAsync(target, sink, cancellationToken), cancellationToken);

    private async Task WorkAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, $"Restart ({StopDescription.Of(Signal, TimeoutSeconds)})"))
        {
            return;
        }

        await target.Runtime.RestartContainerAsync(
            target.Id, new ContainerStopOptions { Signal = Signal, GracePeriod = TimeoutSeconds }, cancellationToken);
        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }
}
