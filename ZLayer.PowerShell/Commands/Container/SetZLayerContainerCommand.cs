using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Changes the limits and the restart policy of containers, running or not.</summary>
/// <remarks>
/// <para>Only what is given changes. What the runtime warns of goes to the warning stream.</para>
/// </remarks>
/// <example>
/// <summary>Give a running container less memory and one and a half CPUs</summary>
/// <code>Set-ZLayerContainer web -Memory 256MB -MemorySwap 512MB -CpuCount 1.5</code>
/// </example>
/// <example>
/// <summary>Start all containers of an application again whenever they fail</summary>
/// <code>Get-ZLayerContainer -Label app=shop | Set-ZLayerContainer -RestartPolicy on-failure -MaximumRetryCount 5</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#control-groups">OCI runtime specification:
/// control groups</seealso> <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Set, "ZLayerContainer", SupportsShouldProcess = true)]
[OutputType(typeof(ContainerInfo))]
public sealed class SetZLayerContainerCommand : ContainerCmdlet
{
    private ContainerUpdate _update = new();

    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>The memory limit: 512MB, '512m', '1GiB'.</summary>
    [Parameter(HelpMessage = "The memory limit: 512MB, '512m', '1GiB'.")]
    [ByteSize]
    public ByteCount? Memory { get; set; }

    /// <summary>Memory that is left to the container when memory is short.</summary>
    [Parameter(HelpMessage = "Memory that is left to the container when memory is short.")]
    [ByteSize]
    public ByteCount? MemoryReservation { get; set; }

    /// <summary>Memory and swap together; -1 for no limit.</summary>
    [Parameter(HelpMessage = "Memory and swap together; -1 for no limit.")]
    [ByteSize(AllowUnlimited = true)]
    public ByteCount? MemorySwap { get; set; }

    /// <summary>How many CPUs it may use, fractions included.</summary>
    [Parameter(HelpMessage = "How many CPUs it may use, fractions included.")]
    [Alias("Cpus")]
    public decimal? CpuCount { get; set; }

    /// <summary>Its weight among containers that want the CPU, 2 to 262144; 1024 is usual.</summary>
    [Parameter(HelpMessage = "Its weight among containers that want the CPU, 2 to 262144; 1024 is usual.")]
    [ValidateRange(2, 262144)]
    public ulong? CpuShare { get; set; }

    /// <summary>The CPUs that it may use: '0-3,5'.</summary>
    [Parameter(HelpMessage = "The CPUs that it may use: '0-3,5'.")]
    [ValidateNotNullOrEmpty]
    public string? CpuSet { get; set; }

    /// <summary>The most processes and threads; -1 for no limit.</summary>
    [Parameter(HelpMessage = "The most processes and threads; -1 for no limit.")]
    public long? PidLimit { get; set; }

    /// <summary>Its weight among containers that read and write block devices, 10 to 1000.</summary>
    [Parameter(HelpMessage = "Its weight among containers that read and write block devices, 10 to 1000.")]
    [ValidateRange(10, 1000)]
    public int? BlockIoWeight { get; set; }

    /// <summary>When the runtime starts it again: no, always, unless-stopped, on-failure[:count].</summary>
    [Parameter(HelpMessage = "When the runtime starts it again: no, always, unless-stopped, on-failure[:count].")]
    [Alias("Restart")]
    [RestartPolicy]
    [ArgumentCompleter(typeof(RestartPolicyCompleter))]
    public RestartPolicy? RestartPolicy { get; set; }

    /// <summary>How often a container that fails is started again; for the restart policy on-failure.</summary>
    [Parameter(HelpMessage = "How often a container that fails is started again; for the restart policy on-failure.")]
    [ValidateRange(0, int.MaxValue)]
    public int? MaximumRetryCount { get; set; }

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _update = ReadUpdate();
        if (_update.IsEmpty)
        {
            Refuse("Nothing is to change.", "Give at least one limit or -RestartPolicy.");
        }

        if (MaximumRetryCount is not null && _update.RestartPolicy is { Condition: not RestartCondition.OnFailure })
        {
            Refuse("-MaximumRetryCount belongs to the restart policy on-failure.", "Leave it out, or write -RestartPolicy on-failure.");
        }
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(Name, sink, target => UpdateAsync(target, sink, cancellationToken), cancellationToken);

    private async Task UpdateAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, $"Set {string.Join(", ", Changes())}"))
        {
            return;
        }

        foreach (var warning in await target.Runtime.UpdateContainerAsync(target.Id, _update, cancellationToken))
        {
            await sink.WriteWarningAsync($"{target.Name}: {warning}");
        }

        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }

    private ContainerUpdate ReadUpdate() => new()
    {
        Limits = new ResourceLimits
        {
            Memory = Memory,
            MemoryReservation = MemoryReservation,
            MemorySwap = MemorySwap,
            CpuCount = CpuCount,
            CpuShares = CpuShare,
            CpusetCpus = CpuSet,
            Pids = PidLimit,
            BlockIOWeight = BlockIoWeight,
        },
        RestartPolicy = MaximumRetryCount is { } count
            ? (RestartPolicy ?? new RestartPolicy { Condition = RestartCondition.OnFailure }) with { MaximumRetryCount = count }
            : RestartPolicy,
    };

    // What -WhatIf shows: Memory = 256 MB, RestartPolicy = always.
    private IEnumerable<string> Changes()
    {
        var limits = _update.Limits;
        (string Name, string? Value)[] all =
        [
            (nameof(Memory), Bytes(limits.Memory)),
            (nameof(MemoryReservation), Bytes(limits.MemoryReservation)),
            (nameof(MemorySwap), Bytes(limits.MemorySwap)),
            (nameof(CpuCount), limits.CpuCount is { } cpus ? LanguagePrimitives.ConvertTo<string>(cpus) : null),
            (nameof(CpuShare), limits.CpuShares?.ToString()),
            (nameof(CpuSet), limits.CpusetCpus),
            (nameof(PidLimit), limits.Pids?.ToString()),
            (nameof(BlockIoWeight), limits.BlockIOWeight?.ToString()),
            (nameof(RestartPolicy), _update.RestartPolicy?.ToString()),
        ];
        return all.Where(change => change.Value is not null).Select(change => $"{change.Name} = {change.Value}");
    }

    private static string? Bytes(long? bytes) => bytes switch
    {
        null => null,
        -1 => "unlimited",
        _ => $"{bytes} bytes",
    };

    private void Refuse(string message, string advice)
        => ThrowTerminatingError(
            ErrorMapper.ToErrorRecord(new ZLayerException(ZLayerErrorKind.InvalidArgument, message) { Advice = advice }));
}
