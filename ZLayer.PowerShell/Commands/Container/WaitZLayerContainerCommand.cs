using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Waits until containers end, exit the next time, are removed, run, are healthy, accept connections or write a line.</summary>
/// <remarks>
/// <para>
/// All containers are waited for at once; a result comes for each as soon as its condition holds. With -Any the first one ends the waiting.
/// An exit code other than 0 is not an error: it is in the result. A container that ends or becomes unhealthy while it is waited to run or
/// to be healthy is an error.
/// </para>
/// <para>
/// -Port and -LogPattern wait for what is seen from outside, where there is no health check: that a published port takes a connection and
/// keeps it, and that a line of the log matches, of those that were written since the last start. A container that ends before is an error
/// with its exit code and the end of its log.
/// </para>
/// </remarks>
/// <example>
/// <summary>Wait for the end of a container, and see how it ended</summary>
/// <code>Wait-ZLayerContainer migrate | Format-Table Name, Reason, ExitCode</code>
/// </example>
/// <example>
/// <summary>Wait until a database takes connections, one minute at most</summary>
/// <code>Wait-ZLayerContainer db -Condition Healthy -TimeoutSeconds 60</code>
/// </example>
/// <example>
/// <summary>Wait until a web server can be used, half a minute at most</summary>
/// <code>Start-ZLayerContainer -Image nginx:1.27 -Port 8080:80 | Wait-ZLayerContainer -Port 80 -TimeoutSeconds 30</code>
/// </example>
/// <example>
/// <summary>Wait for a line of the log</summary>
/// <code>(Wait-ZLayerContainer db -LogPattern 'ready to accept connections').Line</code>
/// </example>
/// <example>
/// <summary>Do something else meanwhile</summary>
/// <code>Wait-ZLayerContainer migrate -AsJob | Receive-Job -Wait</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="StartZLayerContainerCommand"/>
/// <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Wait, "ZLayerContainer", DefaultParameterSetName = ConditionSet)]
[OutputType(typeof(ContainerWaitResult))]
public sealed class WaitZLayerContainerCommand : ContainerCmdlet
{
    private const string ConditionSet = "Condition";
    private const string SignSet = "Sign";

    private readonly List<ContainerTarget> _targets = [];
    private ContainerSigns? _signs;

    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>What is waited for: NotRunning (the default), NextExit, Removed, Running or Healthy.</summary>
    [Parameter(ParameterSetName = ConditionSet, HelpMessage = "What is waited for: NotRunning, NextExit, Removed, Running or Healthy.")]
    public ContainerCondition Condition { get; set; }

    /// <summary>
    /// TCP ports of the container, which are published: each is waited for to accept connections at the host. With -LogPattern both are
    /// waited for.
    /// </summary>
    [Parameter(ParameterSetName = SignSet, HelpMessage = "TCP ports of the container, which are published, that are to accept connections.")]
    [ValidateNotNullOrEmpty]
    [ValidateRange(1, ushort.MaxValue)]
    [ArgumentCompleter(typeof(PublishedPortCompleter))]
    public ushort[] Port { get; set; } = [];

    /// <summary>
    /// A regular expression that a line of the log is to match, of standard output or error. It ignores case, as -match does, unless it
    /// begins with (?-i).
    /// </summary>
    [Parameter(ParameterSetName = SignSet, HelpMessage = "A regular expression that a line of the log is to match.")]
    [ValidateNotNullOrEmpty]
    public string? LogPattern { get; set; }

    /// <summary>How long: seconds, '1m' or a TimeSpan; without it there is no limit.</summary>
    [Parameter(HelpMessage = "How long: seconds, '1m' or a TimeSpan; without it there is no limit.")]
    [Alias("Timeout")]
    [Duration]
    public Period? TimeoutSeconds { get; set; }

    /// <summary>Ends with the first container whose condition holds.</summary>
    [Parameter(HelpMessage = "Ends with the first container whose condition holds.")]
    public SwitchParameter Any { get; set; }

    /// <summary>Waits in the background and returns a job at once.</summary>
    [Parameter(HelpMessage = "Waits in the background and returns a job at once.")]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _signs = ParameterSetName == SignSet
                ? new ContainerSigns { Ports = Port, LogPattern = LogPattern is null ? null : ContainerSigns.ParsePattern(LogPattern) }
                : null;
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
        }
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            target =>
            {
                _targets.Add(target);
                return Task.CompletedTask;
            },
            cancellationToken);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_targets.Count > 0 && !Stopping)
        {
            var waiting = new Waiting(_targets, Condition, _signs, TimeoutSeconds, Any);
            RunOrStart(AsJob, waiting.RunAsync);
        }
    }

    // By itself, since a job outlives the cmdlet.
    private sealed class Waiting(
        IReadOnlyList<ContainerTarget> targets, ContainerCondition condition, ContainerSigns? signs, TimeSpan? limit, bool any)
    {
        public async Task RunAsync(IPipelineSink sink, CancellationToken cancellationToken)
        {
            using var first = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var ended = 0;
            try
            {
                await ParallelWork.ForEachAsync(
                    targets,
                    targets.Count,
                    sink,
                    async (target, _, token) =>
                    {
                        var result = await WaitAsync(target, token);
                        if (!any || Interlocked.Exchange(ref ended, 1) == 0)
                        {
                            await sink.WriteObjectAsync(result);
                            await (any ? first.CancelAsync() : Task.CompletedTask);
                        }
                    },
                    first.Token);
            }
            catch (OperationCanceledException) when (ended == 1 && !cancellationToken.IsCancellationRequested)
            {
                // One of them is what was waited for.
            }
        }

        private async Task<ContainerWaitResult> WaitAsync(ContainerTarget target, CancellationToken cancellationToken)
        {
            if (signs is not null)
            {
                var line = await target.Runtime.WaitForSignsAsync(target.Id, signs, limit, cancellationToken);
                return new ContainerWaitResult
                {
                    Name = target.Name,
                    Id = target.Id,
                    Condition = ContainerCondition.Running,
                    Line = line?.Text,
                    Runtime = target.Runtime.Name,
                };
            }

            if (condition is ContainerCondition.Running or ContainerCondition.Healthy)
            {
                var ready = condition == ContainerCondition.Running ? ReadyCondition.Running : ReadyCondition.Healthy;
                await target.Runtime.WaitUntilReadyAsync(target.Id, ready, limit, cancellationToken);
                return new ContainerWaitResult { Name = target.Name, Id = target.Id, Condition = condition, Runtime = target.Runtime.Name };
            }

            var outcome = await WaitForEndAsync(target, cancellationToken);
            return new ContainerWaitResult
            {
                Name = target.Name,
                Id = target.Id,
                Condition = condition,
                Reason = outcome.Reason,
                ExitCode = outcome.ExitCode,
                Signal = outcome.Signal,
                FinishedAt = outcome.FinishedAt,
                Error = outcome.Error,
                Runtime = target.Runtime.Name,
            };
        }

        private async Task<WaitOutcome> WaitForEndAsync(ContainerTarget target, CancellationToken cancellationToken)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (limit is { } time)
            {
                timeout.CancelAfter(time);
            }

            try
            {
                return await target.Runtime.WaitOutcomeAsync(target.Id, condition switch
                {
                    ContainerCondition.NextExit => WaitCondition.NextExit,
                    ContainerCondition.Removed => WaitCondition.Removed,
                    _ => WaitCondition.NotRunning,
                }, timeout.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.OperationTimedOut, $"Waiting for the {target.Description}: {Expected} did not come within {Quantity.Duration(limit!.Value)}.")
                {
                    Subject = target.Name,
                    Advice = "Allow more time with -TimeoutSeconds, or stop the container.",
                };
            }
        }

        private string Expected => condition switch
        {
            ContainerCondition.NextExit => "its next exit",
            ContainerCondition.Removed => "its removal",
            _ => "its end",
        };
    }
}
