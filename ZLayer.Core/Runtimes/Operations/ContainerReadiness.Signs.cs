using System.Globalization;
using System.Text.RegularExpressions;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

// What is seen of a container from outside.
public static partial class ContainerReadiness
{
    private static readonly TimeSpan BetweenConnections = TimeSpan.FromMilliseconds(100);

    // How much older than the start that an engine notes a line of the program may be, and how much later it tells of what happened.
    private static readonly TimeSpan StartLag = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EventLag = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits until published ports of a container accept connections, and it has written a line that matches since it was started last. It
    /// fails as soon as that cannot come true any more.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="signs">What is waited for.</param>
    /// <param name="timeout">How long; null is without a limit.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The line that matched; null where none was waited for.</returns>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; ContainerNotReady when it has ended or was removed: the exit code is in the error, and the end of its log in the
    /// details; InvalidArgument when a port is not published; OperationTimedOut; what reading its log throws.
    /// </exception>
    public static async Task<LogRecord?> WaitForSignsAsync(
        this IContainerRuntime runtime, string container, ContainerSigns signs, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(signs);
        using var limit = new TimeLimit(timeout, cancellationToken);
        var (name, missing) = (container, "");
        try
        {
            name = (await LookAsync(runtime, container, before: null, limit.Token).ConfigureAwait(false)).Name;
            foreach (var port in signs.Ports.Distinct())
            {
                missing = string.Create(CultureInfo.InvariantCulture, $"its port {port} accepts no connection");
                await WaitForPortAsync(runtime, container, port, limit.Token).ConfigureAwait(false);
            }

            missing = $"no line of its log matches '{signs.LogPattern}'";
            return signs.LogPattern is { } pattern
                ? await WaitForLineAsync(runtime, container, pattern, limit.Token).ConfigureAwait(false)
                : null;
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationTimedOut, $"Waiting for the container '{name}': {missing} after {limit.Limit!.Value.TotalSeconds:0.###} s.")
            {
                Subject = name,
                Advice = "Allow more time, or see in the container's log what it waits for.",
            };
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Waiting for the container '{name}': the pattern '{signs.LogPattern}' takes too long with a line of its log.", e)
            {
                Subject = name,
            };
        }
    }

    private static async Task WaitForPortAsync(
        IContainerRuntime runtime, string container, ushort port, CancellationToken cancellationToken)
    {
        string? host = null;
        ContainerDetail? seen = null;
        while (true)
        {
            seen = await LookAsync(runtime, container, seen, cancellationToken).ConfigureAwait(false);
            if (await IsReadyAsync(runtime, seen, ReadyCondition.Running, cancellationToken).ConfigureAwait(false))
            {
                var published = Published(
                    seen, port, await runtime.GetContainerPortsAsync(seen.Id, cancellationToken).ConfigureAwait(false));
                host ??= await PortProbe.HostOfAsync(runtime, cancellationToken).ConfigureAwait(false);
                if (runtime is IPortProbe probe
                    ? probe.Accepts(seen.Id, published)
                    : await PortProbe.AcceptsAsync(host, published, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }

            await Task.Delay(BetweenConnections, cancellationToken).ConfigureAwait(false);
        }
    }

    private static PortMappingInfo Published(ContainerDetail container, ushort port, IReadOnlyList<PortMappingInfo> ports)
        => ports.FirstOrDefault(mapping => mapping.ContainerPort == port && mapping.Protocol == "tcp" && mapping.HostPort is not null)
            ?? throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, string.Create(
                    CultureInfo.InvariantCulture, $"Waiting for the container '{container.Name}': its port {port}/tcp is not published."))
            {
                Subject = container.Name,
                Advice = ports.Count > 0
                    ? $"Published are {string.Join(", ", ports)}."
                    : "Create it with the port published, or wait for a line of its log.",
            };

    private static async Task<LogRecord> WaitForLineAsync(
        IContainerRuntime runtime, string container, Regex pattern, CancellationToken cancellationToken)
    {
        ContainerDetail? seen = null;
        while (true)
        {
            seen = await LookAsync(runtime, container, seen, cancellationToken).ConfigureAwait(false);
            if (seen.State is ContainerState.Created or ContainerState.Restarting)
            {
                await Task.Delay(BetweenConnections, cancellationToken).ConfigureAwait(false);
                continue;
            }

            // The lines of earlier runs tell nothing of this one.
            var options = new LogOptions
            {
                Follow = true,
                StdOut = true,
                StdErr = true,
                Since = await RunSinceAsync(runtime, seen, cancellationToken).ConfigureAwait(false),
            };
            var chunks = runtime.StreamLogsAsync(seen.Id, options, cancellationToken);
            await foreach (var line in LogLines.ReadAsync(chunks, seen.Name, runtime.Name, cancellationToken).ConfigureAwait(false))
            {
                if (pattern.IsMatch(line.Text))
                {
                    return line;
                }
            }

            // A log ends with its container; one that is restarted begins again.
            seen = await LookAsync(runtime, container, seen, cancellationToken).ConfigureAwait(false);
            if (await IsReadyAsync(runtime, seen, ReadyCondition.Running, cancellationToken).ConfigureAwait(false))
            {
                await Task.Delay(BetweenConnections, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Where the lines of earlier runs end. Of a container that has ended an engine tells its last end alone; its events have the one
    // before, as long as it remembers them.
    private static async Task<DateTimeOffset?> RunSinceAsync(
        IContainerRuntime runtime, ContainerDetail seen, CancellationToken cancellationToken)
    {
        if (seen is not { RunSince: null, State: ContainerState.Exited or ContainerState.Dead, StartedAt: { } start, FinishedAt: { } finish })
        {
            return seen.RunSince;
        }

        var (lastEnd, earlier, isRemembered) = ((DateTimeOffset?)null, (DateTimeOffset?)null, false);
        var filter = new EventFilter
        {
            Types = ["container"], Actions = ["start", "die"], Containers = [seen.Id], Since = seen.Created
                ?? start - EventLag, Until = finish + EventLag,
        };
        await foreach (var happened in runtime.GetEventsAsync(filter, cancellationToken).ConfigureAwait(false))
        {
            // In their order: the end of a short run may be noted before its start.
            if (happened.Action == "die")
            {
                lastEnd = happened.Time;
            }
            else
            {
                earlier = lastEnd;
                isRemembered |= happened.Time >= start;
            }
        }

        return earlier is { } end ? start - ((start - end) / 2)
            : isRemembered ? null
            : start - StartLag;
    }
}
