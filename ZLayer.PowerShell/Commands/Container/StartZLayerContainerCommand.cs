using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Starts containers, or with -Image creates one and starts it (run -d).</summary>
/// <remarks>
/// <para>
/// With -WaitFor the cmdlet returns when the container runs, or when its health check succeeds, and fails when it ends or becomes unhealthy
/// before. Without it the cmdlet returns when the process was started.
/// </para>
/// <para>
/// With -Image an image that the runtime does not hold is pulled, as -PullPolicy says. A container that cannot be started is removed again;
/// one that does not become ready is kept, so that its log can be read. Write -- before the command, so that PowerShell does not take its
/// options for parameters.
/// </para>
/// <para>A container that runs is left alone. A wildcard means the containers that do not run.</para>
/// </remarks>
/// <example>
/// <summary>Start a container that exists</summary>
/// <code>Start-ZLayerContainer web</code>
/// </example>
/// <example>
/// <summary>Run a web server and wait until it is healthy</summary>
/// <code>$web = Start-ZLayerContainer -Image nginx:1.27 -Name web -Port 8080:80 -Mount ./site:/usr/share/nginx/html:ro -HealthCheck 'curl -f localhost' -WaitFor Healthy</code>
/// </example>
/// <example>
/// <summary>Run a command in the background</summary>
/// <code>Start-ZLayerContainer -Image busybox -Name sleeper -AutoRemove -- sleep 1h</code>
/// </example>
/// <example>
/// <summary>Start what was just built</summary>
/// <code>Invoke-ZLayerBuild ./web -Tag app:dev | Start-ZLayerContainer -Name app -Port 8080:80 -- serve --verbose</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="NewZLayerContainerCommand"/>
/// <seealso cref="StopZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Start, "ZLayerContainer", SupportsShouldProcess = true, DefaultParameterSetName = ExistingSet)]
[OutputType(typeof(ContainerInfo))]
public sealed class StartZLayerContainerCommand : ContainerCreationCmdlet
{
    private const string ExistingSet = "Existing";

    /// <summary>
    /// The containers: names, ids or the beginnings of ids, wildcards, or container objects. With -Image or -Specification the name of the
    /// new container.
    /// </summary>
    [Parameter(ParameterSetName = ExistingSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The name of the new container.")]
    [Parameter(ParameterSetName = SpecificationSet, HelpMessage = "The name of the new container.")]
    [Alias("Id")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity(LeavesImages = true, Otherwise = "an image object, for a new container")]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>
    /// The image, from the pipeline: an image object, the result of a build or a push. All arguments belong to the command then. Container
    /// objects are the containers to start.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, ValueFromPipeline = true, HelpMessage = "The image, from the pipeline: an image object, the result of a build or a push.")]
    [ValidateNotNull]
    [ImageIdentity(WholeImages = true, Otherwise = "a container's name or an object of Get-ZLayerContainer, without settings for a new one")]
    public ImageIdentity? InputObject { get; set; }

    /// <summary>Removes the container, with its anonymous volumes, when it ends.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Removes the container, with its anonymous volumes, when it ends.")]
    [Alias("Remove")]
    public SwitchParameter AutoRemove { get; set; }

    /// <summary>Returns when the container runs, or is healthy, instead of when its process was started.</summary>
    [Parameter(HelpMessage = "Returns when the container runs, or is healthy, instead of when its process was started.")]
    public ReadyCondition? WaitFor { get; set; }

    /// <summary>How long -WaitFor waits: seconds, '1m' or a TimeSpan; without it there is no limit.</summary>
    [Parameter(HelpMessage = "How long -WaitFor waits: seconds, '1m' or a TimeSpan; without it there is no limit.")]
    [Alias("Timeout")]
    [Duration]
    public Period? TimeoutSeconds { get; set; }

    /// <summary>Returns the container as it is afterwards; one that was created is always returned.</summary>
    [Parameter(ParameterSetName = ExistingSet, HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    private protected override string? NewName
        => Name.Length == 0 || (InputObject is not null && IsPlaced(nameof(Name))) ? null : Name[0].Text;

    private protected override string? PlacedName => IsPlaced(nameof(Name)) ? Name[0].Text : null;

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Created, ContainerState.Exited];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (TimeoutSeconds is not null && WaitFor is null)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "-TimeoutSeconds is for how long -WaitFor waits, which is not given.")
            {
                Advice = "Add -WaitFor Running or -WaitFor Healthy.",
            }));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != ExistingSet)
        {
            CheckNewName();
            PrepareSpecification();
        }

        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (ParameterSetName == ExistingSet)
        {
            await ForEachContainerAsync(Name, sink, target => StartAsync(target, sink, cancellationToken), cancellationToken);
            return;
        }

        await WithImageAsync(InputObject, sink, () => RunAsync(sink, cancellationToken));
    }

    private async Task RunAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        var specification = await ReadSpecificationAsync(cancellationToken);
        specification = specification with { AutoRemove = specification.AutoRemove || AutoRemove };
        if (await sink.ShouldProcessAsync(Describe(specification), "Create and start"))
        {
            await RunAsync(specification, sink, cancellationToken);
        }
    }

    private async Task StartAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, "Start"))
        {
            return;
        }

        await target.Runtime.StartContainerAsync(target.Id, cancellationToken);
        await WaitAsync(target, cancellationToken);
        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }

    private async Task RunAsync(ContainerSpecification specification, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var target = await CreateAsync(specification, sink, cancellationToken);
        // Nobody got to know of a container that did not start: it would only hold its name.
        await RunningContainer.StartDetachedAsync(target.Runtime, target.Id, target.Name, removesFailed: true, cancellationToken);
        await WaitAsync(target, cancellationToken);
        await sink.WriteObjectAsync(await target.FindAsync(cancellationToken) ?? Ended(target, specification));
    }

    // One that removes itself may have ended, and be gone, as soon as it was started: all that is left of it is how it was made.
    private static ContainerInfo Ended(ContainerTarget target, ContainerSpecification specification) => new()
    {
        Id = target.Id,
        Name = target.Name,
        Image = specification.Image,
        State = ContainerState.Exited,
        Command = specification.Command ?? [],
        Labels = specification.Labels,
        Runtime = target.Runtime.Name,
    };

    private async Task WaitAsync(ContainerTarget target, CancellationToken cancellationToken)
    {
        if (WaitFor is { } condition)
        {
            await target.Runtime.WaitUntilReadyAsync(target.Id, condition, TimeoutSeconds, cancellationToken);
        }
    }

    private void CheckNewName()
    {
        if (NewName is null)
        {
            return;
        }

        if (Name.Length > 1 || (Name.Length == 1 && (Name[0].IsPattern || Name[0].Id is not null)))
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "A new container has one name.")
            {
                Advice = "Leave -Image out to start containers that exist.",
            }));
        }
    }
}
