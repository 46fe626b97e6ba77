using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Testing;

/// <content>What can be seen of containers.</content>
public sealed partial class FakeRuntime
{
    private const long MachineMemory = 8L << 30;

    /// <inheritdoc/>
    public Task<ContainerDetail> InspectContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        return Task.FromResult(Inspect(Find(container)));
    }

    /// <inheritdoc/>
    public Task<ContainerStatus> GetContainerStateAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        return Task.FromResult(found.Phase switch
        {
            ContainerState.Created => new ContainerStatus(ContainerPhase.Pending),
            ContainerState.Running or ContainerState.Paused => new ContainerStatus(ContainerPhase.Running),
            ContainerState.Restarting => new ContainerStatus(ContainerPhase.Initializing),
            _ => new ContainerStatus(ContainerPhase.Exited, found.ExitCode),
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetContainerLogsAsync(string container, int tail, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        return Task.FromResult<IReadOnlyList<LogRecord>>(
            [.. found.Output.Lines.TakeLast(tail).Select(l => FakeOutput.ToRecord(l, found.Name, Name))]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetLogsAsync(string container, CancellationToken cancellationToken = default)
        => GetContainerLogsAsync(container, int.MaxValue, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogChunk> StreamLogsAsync(
        string container, LogOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        FakeContainer found;
        List<LogChunk> lines;
        int next;
        using (state.Enter())
        {
            found = Find(container);
            next = found.Output.Lines.Count;
            lines = [.. found.Output.Lines.Where(l => Matches(l, options))];
        }

        foreach (var line in lines.TakeLast(options.Tail ?? int.MaxValue))
        {
            yield return Shown(line, options);
        }

        if (!options.Follow)
        {
            yield break;
        }

        using var end = options.Until is { } until ? EndAt(until, cancellationToken) : null;
        while (await FollowAsync(found, next, end, cancellationToken).ConfigureAwait(false) is { } line)
        {
            next++;
            if (Matches(line, options))
            {
                yield return Shown(line, options);
            }
        }
    }

    /// <inheritdoc/>
    public Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var sample = Sample(FindUsing(container));
        return Task.FromResult(new ContainerStats
        {
            CpuUsageMicroseconds = sample.CpuTotalNanoseconds / 1000,
            MemoryBytes = sample.MemoryUsed,
            MemoryLimit = sample.MemoryLimit == 0 ? ContainerStats.NoLimit : sample.MemoryLimit,
            Timestamp = sample.Timestamp,
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StatsSample> StreamStatsAsync(
        string container, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        FakeContainer found;
        using (state.Enter())
        {
            found = FindUsing(container);
        }

        while (true)
        {
            StatsSample sample;
            using (state.Enter())
            {
                if (!found.IsRunning)
                {
                    yield break;
                }

                sample = Sample(found);
                state.Clock.Advance(TimeSpan.FromSeconds(1));
            }

            yield return sample;

            // A second of the fake takes little of the real time, but not none: this goes on for as long as somebody reads.
            await Task.Delay(10, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<int?> GetContainerPidAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        return Task.FromResult<int?>(found.IsRunning ? found.Processes[0].Pid : null);
    }

    /// <inheritdoc/>
    public Task<IPAddress?> GetContainerIpAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        return Task.FromResult(AddressOf(Find(container)));
    }

    /// <inheritdoc/>
    public Task<ContainerTop> GetContainerProcessesAsync(
        string container, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = FindUsing(container);
        var columns = FakeColumns.For(arguments);
        return Task.FromResult(new ContainerTop(
            [.. columns.Select(column => column.Title)],
            [.. found.Processes.Select(process => (IReadOnlyList<string>)[.. columns.Select(column => column.Of(process))])]));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FileChange>> GetContainerChangesAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = Find(container);
        return Task.FromResult(found.Files.ChangesSince(found.Image.Files, found.Name));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PortMappingInfo>> GetContainerPortsAsync(string container, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        return Task.FromResult<IReadOnlyList<PortMappingInfo>>([.. PortsOf(Find(container)).Where(p => p.HostPort is not null)]);
    }

    // Nothing listens at the host; what runs accepts.
    bool IPortProbe.Accepts(string container, PortMappingInfo port)
    {
        using var entry = state.Enter();
        return Find(container).IsRunning;
    }

    // The next line; null when the container has ended and all is read, or the time is over.
    private async Task<LogChunk?> FollowAsync(
        FakeContainer container, int next, CancellationTokenSource? end, CancellationToken cancellationToken)
    {
        try
        {
            await state.WaitAsync(
                container, () => container.Output.Lines.Count > next || !container.IsAlive, end?.Token
                    ?? cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        using var entry = state.Enter();
        return container.Output.Lines.Count > next ? container.Output.Lines[next] : null;
    }

    // A fake log has no attributes: their list is empty.
    private static LogChunk Shown(LogChunk line, LogOptions options) => line with
    {
        Data = options.Details ? (byte[])[(byte)' ', .. line.Data.Span] : line.Data,
        Timestamp = options.Timestamps ? line.Timestamp : null,
    };

    private FakeContainer FindUsing(string container)
    {
        var found = Find(container);
        return found.IsRunning ? found : throw NotRunning(found);
    }

    private static bool Matches(LogChunk line, LogOptions options)
        => (options.StdOut == options.StdErr || (line.Stream == LogStream.StdErr) == options.StdErr)
            && (options.Since is not { } since || line.Timestamp >= since)
            && (options.Until is not { } until || line.Timestamp <= until);

    private static string NetworkOf(FakeContainer container) => container.Specification.Network ?? "bridge";

    private static IReadOnlyList<string> NetworksOf(FakeContainer container)
        => [NetworkOf(container), .. container.Specification.FurtherNetworks.Select(network => network.Name)];

    private static IPAddress? AddressOf(FakeContainer container)
    {
        var network = NetworkOf(container);
        var host = container.Number + 2;
        return container.IsRunning && network is not ("host" or "none") && !network.StartsWith("container:", StringComparison.Ordinal)
            ? new IPAddress([172, 17, (byte)(host >> 8), (byte)host])
            : null;
    }

    private IReadOnlyList<PortMappingInfo> PortsOf(FakeContainer container)
        => container.IsRunning ? [.. container.Ports.Select(p => p with { ContainerName = container.Name, Runtime = Name })] : [];

    // Each sample of a container shows more than the one before, always by the same amounts.
    private StatsSample Sample(FakeContainer container)
    {
        var number = (ulong)++container.Samples;
        return new StatsSample
        {
            CpuTotalNanoseconds = number * 50_000_000,
            CpuSystemNanoseconds = number * 2_000_000_000,
            OnlineCpus = 2,
            MemoryUsed = (8UL << 20) + (number * 4096),
            MemoryLimit = container.Limits.Memory is > 0 and { } memory ? (ulong)memory : 0,
            NetworkReceived = number * 1000,
            NetworkSent = number * 500,
            BlockRead = number * 4096,
            BlockWritten = number * 512,
            PidsCurrent = (ulong)container.Processes.Count,
            PidsLimit = container.Limits.Pids is > 0 and { } pids ? (ulong)pids : null,
            Timestamp = state.Clock.Now,
        };
    }

    private string StatusOf(FakeContainer container)
    {
        string Since(DateTimeOffset? time)
            => string.Create(CultureInfo.InvariantCulture, $"{(long)(state.Clock.Now - (time ?? state.Clock.Now)).TotalSeconds} seconds");

        return container.Phase switch
        {
            ContainerState.Created => "Created",
            ContainerState.Running when container.Health is { } health => $"Up {Since(container.StartedAt)} ({health.Status.ToString().ToLowerInvariant()})",
            ContainerState.Running => $"Up {Since(container.StartedAt)}",
            ContainerState.Paused => $"Up {Since(container.StartedAt)} (Paused)",
            ContainerState.Restarting => string.Create(
                CultureInfo.InvariantCulture, $"Restarting ({container.ExitCode}) {Since(container.FinishedAt)} ago"),
            _ => string.Create(CultureInfo.InvariantCulture, $"Exited ({container.ExitCode}) {Since(container.FinishedAt)} ago"),
        };
    }

    private ContainerInfo Measure(FakeContainer container)
    {
        var own = FakeLayer.PackChanges(container.Files, container.Image.Files).Length;
        return Summarize(container) with { Size = own, RootFsSize = own + container.Image.Layers.Sum(layer => (long)layer.Length) };
    }

    private ContainerInfo Summarize(FakeContainer container) => new()
    {
        Id = container.Id,
        Name = container.Name,
        Image = container.Specification.Image,
        ImageId = container.Image.Id.ToString(),
        State = container.Phase,
        Health = container.Health?.Status ?? HealthStatus.None,
        Status = StatusOf(container),
        Created = container.Created,
        StartedAt = container.StartedAt,
        FinishedAt = container.FinishedAt,
        ExitCode = container.Phase == ContainerState.Exited || container.Error is not null ? container.ExitCode : null,
        Command = CommandOf(container),
        Ports = PortsOf(container),
        Networks = NetworksOf(container),
        Labels = container.Labels,
        Runtime = Name,
    };

    private ContainerDetail Inspect(FakeContainer container)
    {
        var info = Summarize(container);
        var address = AddressOf(container);
        return new ContainerDetail
        {
            Id = info.Id,
            Name = info.Name,
            Image = info.Image,
            ImageId = info.ImageId,
            State = info.State,
            Health = info.Health,
            Status = info.Status,
            Created = info.Created,
            StartedAt = info.StartedAt,
            FinishedAt = info.FinishedAt,
            RunSince = info.StartedAt,
            ExitCode = info.ExitCode,
            Command = info.Command,
            Ports = info.Ports,
            Networks = info.Networks,
            Labels = info.Labels,
            Runtime = info.Runtime,
            Pid = container.IsRunning ? container.Processes[0].Pid : null,
            IPAddress = address,
            NetworkAttachments =
            [
                new NetworkAttachment
                {
                    Network = NetworkOf(container),
                    Aliases = container.Specification.NetworkAliases,
                    IPv4 = address,
                    Gateway = address is null ? null : new IPAddress([172, 17, 0, 1]),
                },
                .. container.Specification.FurtherNetworks.Select((network, n) => new NetworkAttachment
                {
                    Network = network.Name,
                    Aliases = network.Aliases,
                    IPv4 = network.IPv4Address is { } own ? IPAddress.Parse(own)
                        : address is null ? null : new IPAddress([172, (byte)(18 + (n % 14)), .. address.GetAddressBytes()[2..]]),
                    Gateway = address is null ? null : new IPAddress([172, (byte)(18 + (n % 14)), 0, 1]),
                }),
            ],
            HealthDetail = container.Health,
            Error = container.Error,
            RestartCount = container.RestartCount,
            EntryPoint = (container.Specification.EntryPoint ?? container.Image.Config.Config?.Entrypoint) is { Count: > 0 } entryPoint
                ? entryPoint
                : null,
            Limits = container.Limits,
            RestartPolicy = container.RestartPolicy ?? new RestartPolicy { Condition = RestartCondition.No },
            NetworkMode = NetworkOf(container),
            HealthCheck = CheckOf(container),
            Mounts = [.. container.Specification.Mounts.Select(Describe)],
            Environment = EnvironmentOf(container),
            WorkingDirectory = ScopeOf(container).Directory,
            User = ScopeOf(container).User is { Length: > 0 } user ? user : null,
            Hostname = container.Hostname,
            Tty = container.Specification.Tty,
            OpenStdin = container.Specification.OpenStdin,
            AutoRemove = container.Specification.AutoRemove,
            Os = "linux",
            Raw = RawOf(container),
        };
    }

    // What the container leaves open is the image's.
    private static HealthCheck? CheckOf(FakeContainer container)
    {
        var own = container.Specification.HealthCheck ?? new HealthCheck();
        var defaults = container.Image.Config.Config?.Healthcheck ?? new HealthcheckConfig();
        TimeSpan? Time(TimeSpan? chosen, long nanoseconds)
            => chosen ?? (nanoseconds > 0 ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : null);

        var test = own.Test.Count > 0 ? own.Test : defaults.Test ?? [];
        return test.Count == 0 ? null : new HealthCheck
        {
            Test = test,
            Interval = Time(own.Interval, defaults.Interval),
            Timeout = Time(own.Timeout, defaults.Timeout),
            StartPeriod = Time(own.StartPeriod, defaults.StartPeriod),
            StartInterval = Time(own.StartInterval, defaults.StartInterval),
            Retries = own.Retries ?? (defaults.Retries > 0 ? defaults.Retries : null),
        };
    }

    private static MountInfo Describe(MountSpecification mount) => new()
    {
        Type = mount.Kind == MountKind.NamedPipe ? "npipe" : mount.Kind.ToString().ToLowerInvariant(),
        Name = mount.Kind == MountKind.Volume ? mount.Source : null,
        Source = mount.Kind == MountKind.Bind ? mount.Source : null,
        Target = mount.Target,
        ReadOnly = mount.ReadOnly,
    };

    private string RawOf(FakeContainer container)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("Id", container.Id);
            writer.WriteString(nameof(container.Name), "/" + container.Name);
            writer.WriteString("Image", container.Image.Id.ToString());
            writer.WriteString("Status", StatusOf(container));
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(json.ToArray());
    }
}
