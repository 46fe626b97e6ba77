using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;

namespace ZLayer.Testing;

/// <summary>
/// A container runtime in memory, for the tests of scripts: every operation behaves as a Docker engine's would, nothing runs, and the same
/// calls give the same ids, times and output each time.
/// </summary>
/// <remarks>
/// Every pull succeeds, except from the hosts <c>missing.invalid</c> (there is no such image), <c>denied.invalid</c> (a credential is asked
/// for) and every other host in <c>.invalid</c> (the registry cannot be reached). Containers run <c>sleep infinity</c> unless they are
/// given a command: a few programs and a shell that knows them, and shell scripts in the container's files. Time is virtual: see
/// <see cref="FakeClock"/>. Mounts, networks and limits are kept and shown, and have no effect.
/// </remarks>
public sealed partial class FakeRuntime(FakeRuntimeState state) : IContainerRuntime, IPortProbe
{
    /// <summary>The runtime's name.</summary>
    public const string RuntimeName = "fake";

    /// <summary>Makes a runtime with a state of its own.</summary>
    public FakeRuntime()
        : this(new FakeRuntimeState())
    {
    }

    /// <inheritdoc/>
    public string Name => RuntimeName;

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities => RuntimeCapabilities.All;

    /// <inheritdoc/>
    public Task<RuntimeInfo> DescribeAsync(bool detailed = false, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        return Task.FromResult(new RuntimeInfo
        {
            Name = Name,
            Kind = "in memory",
            IsAvailable = true,
            Version = typeof(FakeRuntime).Assembly.GetName().Version?.ToString(3),
            Endpoint = "memory",
            Capabilities = [.. Capabilities.Operations],
            Host = detailed ? DescribeHost() : null,
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ZLayerEvent> GetEventsAsync(
        EventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        int next;
        using (state.Enter())
        {
            next = filter.Since is null ? state.Events.Count : 0;
        }

        // The clock of the fake stands still, so an end that lies before the real time is an end now.
        using var end = filter.Until is { } until ? EndAt(until, cancellationToken) : null;
        while (true)
        {
            List<ZLayerEvent> happened;
            using (state.Enter())
            {
                happened = [.. state.Events.Skip(next)];
            }

            next += happened.Count;
            foreach (var one in happened.Where(e => Matches(e, filter)))
            {
                yield return one;
            }

            if (end?.IsCancellationRequested == true
                || !await WaitOrEndAsync(() => state.Events.Count > next, end, cancellationToken).ConfigureAwait(false))
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static CancellationTokenSource EndAt(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var left = until - TimeProvider.System.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            end.Cancel();
        }
        else
        {
            end.CancelAfter(left.TotalMilliseconds > int.MaxValue ? TimeSpan.FromMilliseconds(int.MaxValue) : left);
        }

        return end;
    }

    private async Task<bool> WaitOrEndAsync(Func<bool> isTrue, CancellationTokenSource? end, CancellationToken cancellationToken)
    {
        try
        {
            await state.WaitAsync(() => false, isTrue, end?.Token ?? cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool Matches(ZLayerEvent happened, EventFilter filter)
        => (filter.Since is not { } since || happened.Time >= since)
            && (filter.Until is not { } until || happened.Time <= until)
            && (filter.Types.Count == 0 || filter.Types.Contains(happened.Type, StringComparer.OrdinalIgnoreCase))
            && (filter.Actions.Count == 0 || filter.Actions.Contains(happened.Action, StringComparer.OrdinalIgnoreCase))
            && (filter.Containers.Count == 0
                || (happened.Type == "container"
                    && filter.Containers.Any(c => c == happened.Name || happened.Id.StartsWith(c, StringComparison.Ordinal))))
            && filter.Labels.All(l => HasLabel(happened.Attributes, l));

    private static bool HasLabel(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        var equals = wanted.IndexOf('=', StringComparison.Ordinal);
        return labels.TryGetValue(equals < 0 ? wanted : wanted[..equals], out var value) && (equals < 0 || value == wanted[(equals + 1)..]);
    }

    private RuntimeHost DescribeHost() => new()
    {
        OperatingSystem = "fake",
        OsType = "linux",
        Architecture = "x86_64",
        Kernel = "0.0.0-fake",
        StorageDriver = "memory",
        CgroupVersion = "2",
        CgroupDriver = "none",
        CpuCount = 2,
        Memory = MachineMemory,
        Containers = state.Containers.Count,
        ContainersRunning = state.Containers.Count(c => c.Phase == ContainerState.Running),
        ContainersPaused = state.Containers.Count(c => c.IsPaused),
        ContainersStopped = state.Containers.Count(c => !c.IsRunning),
        Images = state.Images.Count,
    };

    private FakeContainer Find(string container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return TryFind(container) ?? throw new ZLayerException(ZLayerErrorKind.ContainerNotFound, $"There is no container '{container}'.")
        {
            Subject = container,
            Advice = $"{DoorWords.Of("'zlayer ps -a'", "Get-ZLayerContainer")} lists the containers.",
        };
    }

    private FakeContainer? TryFind(string container)
    {
        var found = state.Containers.Find(c => c.Name == container || c.Id == container);
        if (found is not null || container.Length == 0)
        {
            return found;
        }

        var placed = state.Containers.FindAll(c => c.Labels.GetValueOrDefault(ContainerId.Label) == container);
        if (placed.Count > 0)
        {
            return placed.Count == 1
                ? placed[0]
                : throw Ambiguous(container, "names the place of more than one container", placed.Select(c => c.Id[..12]));
        }

        var begun = state.Containers.FindAll(c => c.Id.StartsWith(container, StringComparison.Ordinal));
        return begun.Count <= 1 ? begun.FirstOrDefault()
            : throw Ambiguous(container, "is the beginning of more than one container id", begun.Select(c => c.Id[..12]));
    }

    private static ZLayerException Ambiguous(string text, string why, IEnumerable<string> found)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' {why}: {string.Join(", ", found)}.")
        {
            Subject = text,
            Advice = "Write more of the id, or the name.",
        };

    private FakeContainer FindRunning(string container)
    {
        var found = Find(container);
        return found.Phase == ContainerState.Running ? found : throw NotRunning(found);
    }

    private static ZLayerException NotRunning(FakeContainer container)
        => new(ZLayerErrorKind.ContainerNotRunning, $"The container '{container.Name}' is {(container.IsPaused ? "paused" : "not running")}.")
        {
            Subject = container.Name,
            Advice = container.IsPaused
                ? $"Resume it first: {DoorWords.Of("zlayer unpause", "Resume-ZLayerContainer")}."
                : $"Start it first: {DoorWords.Of("zlayer start", "Start-ZLayerContainer")}.",
        };

    [DoesNotReturn]
    private static void Invalid(string message, string? subject)
        => throw new ZLayerException(ZLayerErrorKind.InvalidArgument, message) { Subject = subject };
}
