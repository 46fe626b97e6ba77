using System.Management.Automation;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Reads what containers wrote to their standard output and error, line by line, and follows it if asked.</summary>
/// <remarks>
/// <para>
/// Each line is a string, which can be searched, compared and converted, with the properties Time, as the runtime noted it, Stream, Text,
/// Bytes, Terminator, ContainerName and Runtime. Control characters that could change the terminal are shown, not sent.
/// </para>
/// <para>
/// With -Follow the lines of all containers come as they are written, in the order in which they arrive, until the containers end or the
/// pipeline does. Ctrl+C, Select-Object -First and an error further down end it and close the connections.
/// </para>
/// </remarks>
/// <example>
/// <summary>Show the last ten lines</summary>
/// <code>Get-ZLayerContainerLog web -Tail 10</code>
/// </example>
/// <example>
/// <summary>Wait for the first line on standard error</summary>
/// <code>Get-ZLayerContainerLog web -Follow | Where-Object Stream -eq StdErr | Select-Object -First 1</code>
/// </example>
/// <example>
/// <summary>Follow several containers at once, with names and times</summary>
/// <code>Get-ZLayerContainer web* | Get-ZLayerContainerLog -Follow -Since 10m | Format-Table Time, ContainerName, Stream, Text</code>
/// </example>
/// <example>
/// <summary>Find errors of the last hour</summary>
/// <code>Get-ZLayerContainerLog web -Since 1h | Select-String -Pattern 'error'</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/logs/">docker container logs</seealso>
/// <seealso cref="InvokeZLayerCommandCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainerLog")]
[OutputType(typeof(LogRecord))]
public sealed class GetZLayerContainerLogCommand : ContainerCmdlet
{
    private readonly List<ContainerTarget> _followed = [];

    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Goes on with what is written from now on, until the containers end.</summary>
    [Parameter(HelpMessage = "Goes on with what is written from now on, until the containers end.")]
    public SwitchParameter Follow { get; set; }

    /// <summary>Begins so many lines before the end; 0 for none. Without it with the first line.</summary>
    [Parameter(HelpMessage = "Begins so many lines before the end; 0 for none.")]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    /// <summary>Begins with what was written at a time, or so long ago: a DateTime, '2026-01-31T12:00:00Z', '10m'.</summary>
    [Parameter(HelpMessage = "Begins with what was written at a time, or so long ago: '10m'.")]
    [PointInTime]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Ends with what was written at a time, or so long ago.</summary>
    [Parameter(HelpMessage = "Ends with what was written at a time, or so long ago.")]
    [PointInTime]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only lines of these streams: StdOut, StdErr.</summary>
    [Parameter(HelpMessage = "Only lines of these streams: StdOut, StdErr.")]
    [ValidateSet(nameof(LogStream.StdOut), nameof(LogStream.StdErr))]
    public LogStream[] Stream { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            target =>
            {
                if (!Follow)
                {
                    return WriteLinesAsync(target, sink, cancellationToken);
                }

                _followed.Add(target);
                return Task.CompletedTask;
            },
            cancellationToken);

    /// <inheritdoc/>
    protected override Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        // All at once, and each to its own end: what one does says nothing about the others.
        var targets = _followed.DistinctBy(target => (target.Runtime, target.Id)).ToList();
        return ParallelWork.ForEachAsync(targets, Math.Max(1, targets.Count), sink, WriteLinesAsync, cancellationToken);
    }

    private async Task WriteLinesAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var options = new LogOptions
        {
            Follow = Follow,
            Tail = Tail,
            Since = Since,
            Until = Until,
            Timestamps = true,
            StdOut = Stream.Contains(LogStream.StdOut),
            StdErr = Stream.Contains(LogStream.StdErr),
        };
        var chunks = target.Runtime.StreamLogsAsync(target.Id, options, cancellationToken);
        await sink.WriteAllAsync(LogLines.ReadAsync(chunks, target.Name, target.Runtime.Name, cancellationToken), cancellationToken);
    }
}
