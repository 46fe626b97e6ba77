using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists containers in every state, or shows all about some of them.</summary>
/// <remarks>
/// <para>
/// Containers that have ended are listed too; -State Running lists what runs. A name that no container has is an error, a wildcard that
/// matches none is not. Wildcards match names, ids and places in a service.
/// </para>
/// <para>
/// With -Detailed each container comes with its addresses, ports, networks, mounts, environment, health, process id and exit code, which
/// costs one request for each. The environment may hold secrets: everyone who may use the runtime can read them.
/// </para>
/// </remarks>
/// <example>
/// <summary>List what runs</summary>
/// <code>Get-ZLayerContainer -State Running</code>
/// </example>
/// <example>
/// <summary>List the containers of an image by their age</summary>
/// <code>Get-ZLayerContainer -Image nginx:1.27 | Sort-Object Created</code>
/// </example>
/// <example>
/// <summary>Find the address of a container</summary>
/// <code>(Get-ZLayerContainer web -Detailed).IPAddress.ToString()</code>
/// </example>
/// <example>
/// <summary>See what would be removed of what ended more than a week ago</summary>
/// <code>Get-ZLayerContainer -State Exited | Where-Object FinishedAt -lt (Get-Date).AddDays(-7) | Remove-ZLayerContainer -WhatIf</code>
/// </example>
/// <example>
/// <summary>Find who publishes a port</summary>
/// <code>Get-ZLayerContainer -PublishedPort 8080</code>
/// </example>
/// <example>
/// <summary>Find what takes most of the disk</summary>
/// <code>Get-ZLayerContainer -MeasureSize | Sort-Object Size -Descending | Select-Object -First 5 Name, Size</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="RemoveZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainer")]
[OutputType(typeof(ContainerInfo), typeof(ContainerDetail))]
public sealed class GetZLayerContainerCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects; all without it.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [new ContainerIdentity("*", null)];

    /// <summary>Only containers in these states.</summary>
    [Parameter(HelpMessage = "Only containers in these states.")]
    public ContainerState[] State { get; set; } = [];

    /// <summary>Only containers of these images, or of images that were built on them.</summary>
    [Parameter(HelpMessage = "Only containers of these images, or of images that were built on them.")]
    [ValidateNotNullOrEmpty]
    [ImageIdentity]
    [ArgumentCompleter(typeof(RuntimeImageCompleter))]
    public ImageIdentity[] Image { get; set; } = [];

    /// <summary>Only containers with these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(HelpMessage = "Only containers with these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>Only containers that are connected to these networks.</summary>
    [Parameter(HelpMessage = "Only containers that are connected to these networks.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NetworkCompleter))]
    public string[] Network { get; set; } = [];

    /// <summary>Only containers with these volumes, by name, or with mounts at these places.</summary>
    [Parameter(HelpMessage = "Only containers with these volumes, by name, or with mounts at these places.")]
    [ValidateNotNullOrEmpty]
    public string[] Volume { get; set; } = [];

    /// <summary>Only containers that publish these ports of the host, or of -ExposedPort: 8080, '53/udp', '8000-8080'.</summary>
    [Parameter(HelpMessage = "Only containers that publish these ports of the host: 8080, '53/udp', '8000-8080'.")]
    [ValidateNotNullOrEmpty]
    public string[] PublishedPort { get; set; } = [];

    /// <summary>Only containers that have these ports of their own, published or not: 80, '53/udp', '8000-8080'.</summary>
    [Parameter(HelpMessage = "Only containers that have these ports of their own, published or not: 80, '53/udp', '8000-8080'.")]
    [ValidateNotNullOrEmpty]
    public string[] ExposedPort { get; set; } = [];

    /// <summary>Only containers that have ended with these exit codes.</summary>
    [Parameter(HelpMessage = "Only containers that have ended with these exit codes.")]
    [ValidateNotNullOrEmpty]
    public int[] ExitCode { get; set; } = [];

    /// <summary>Only containers whose health check says this.</summary>
    [Parameter(HelpMessage = "Only containers whose health check says this.")]
    [ValidateNotNullOrEmpty]
    public HealthStatus[] Health { get; set; } = [];

    /// <summary>Only containers that were made before this container.</summary>
    [Parameter(HelpMessage = "Only containers that were made before this container.")]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(AnyContainerCompleter))]
    public ContainerIdentity? Before { get; set; }

    /// <summary>Only containers that were made after this container.</summary>
    [Parameter(HelpMessage = "Only containers that were made after this container.")]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(AnyContainerCompleter))]
    public ContainerIdentity? Since { get; set; }

    /// <summary>Measures what each container takes on the disk (Size, RootFsSize), which takes longer.</summary>
    [Parameter(HelpMessage = "Measures what each container takes on the disk, which takes longer.")]
    public SwitchParameter MeasureSize { get; set; }

    /// <summary>
    /// Adds addresses, mounts, environment, process id, entry point, limits, restart policy, network mode and health check.
    /// </summary>
    [Parameter(HelpMessage = "Adds addresses, mounts, environment, process id, entry point, limits, restart policy, network mode and health check.")]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var identity in Name)
        {
            await GuardAsync(sink, identity, async () =>
            {
                var runtime = Runtimes.Of(identity);
                foreach (var container in await FindAsync(runtime, identity, cancellationToken))
                {
                    if (!Detailed)
                    {
                        await sink.WriteObjectAsync(container);
                    }
                    else if (await DetailAsync(runtime, container, identity, cancellationToken) is { } detail)
                    {
                        await sink.WriteObjectAsync(detail);
                    }
                }
            });
        }
    }

    private async Task<IEnumerable<ContainerInfo>> FindAsync(
        IContainerRuntime runtime, ContainerIdentity identity, CancellationToken cancellationToken)
    {
        var filter = new ContainerFilter
        {
            States = State,
            Images = [.. Image.Select(image => image.Text)],
            Labels = Label,
            Networks = Network,
            Volumes = Volume,
            PublishedPorts = [.. PublishedPort.Select(PortRange.Parse)],
            ExposedPorts = [.. ExposedPort.Select(PortRange.Parse)],
            ExitCodes = ExitCode,
            Health = Health,
            Before = Before?.Key,
            Since = Since?.Key,
            MeasureSize = MeasureSize,
            IsBrief = Detailed,
        };
        if (identity.IsPattern)
        {
            var all = await runtime.ListContainersAsync(filter, cancellationToken);
            return identity.Text == "*" ? all : ContainerSelection.Matching(all, identity.Text);
        }

        var found = await runtime.ListContainersAsync(filter with { Containers = [identity.Key] }, cancellationToken);
        var named = found.Where(container => ContainerSelection.IsNamed(container, identity.Key)).ToList();
        if (named.Count == 1)
        {
            return named;
        }

        // Says why: no such container, or the beginning of several ids. One that the filter hides is not an error.
        var container = await ContainerSelection.InspectAsync(runtime, identity.Key, cancellationToken);
        return named.Where(candidate => candidate.Id == container.Id);
    }

    // A container of a pattern may go between the list and the question.
    private static async Task<ContainerDetail?> DetailAsync(
        IContainerRuntime runtime, ContainerInfo container, ContainerIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.InspectContainerAsync(container.Id, cancellationToken);
        }
        catch (ZLayerException exception) when (identity.IsPattern && exception.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            return null;
        }
    }
}
