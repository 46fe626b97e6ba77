using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Waits until containers are ready, over any runtime.</summary>
public static partial class ContainerReadiness
{
    private const int LogTail = 10;

    /// <summary>How often a container is looked at although no event came: events may be lost, and not every runtime has them.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until a container runs, or is healthy. It fails as soon as that cannot come true any more.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="condition">What is waited for.</param>
    /// <param name="timeout">How long; null is without a limit.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The container when it is ready.</returns>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound; ContainerNotReady when it has ended, is unhealthy or was removed: the exit code is in the error, and the last
    /// output of its check or its log in the details; InvalidArgument when it has no health check; OperationTimedOut.
    /// </exception>
    public static async Task<ContainerDetail> WaitUntilReadyAsync(
        this IContainerRuntime runtime, string container, ReadyCondition condition, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        using var limit = new TimeLimit(timeout, cancellationToken);
        var changes = new ContainerChanges(runtime, container);
        await using var closing = changes.ConfigureAwait(false);
        ContainerDetail? seen = null;
        try
        {
            while (true)
            {
                var next = changes.NextAsync(Interval, limit.Token);
                seen = await LookAsync(runtime, container, seen, limit.Token).ConfigureAwait(false);
                if (await IsReadyAsync(runtime, seen, condition, limit.Token).ConfigureAwait(false))
                {
                    return seen;
                }

                await next.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (limit.IsReached)
        {
            throw TimedOut(container, condition, seen, limit);
        }
    }

    private static async Task<ContainerDetail> LookAsync(
        IContainerRuntime runtime, string container, ContainerDetail? before, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.InspectContainerAsync(before?.Id ?? container, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (before is not null && e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerNotReady, $"Waiting for the container '{before.Name}': it was removed.", e)
            {
                Subject = before.Name,
            };
        }
    }

    private static async Task<bool> IsReadyAsync(
        IContainerRuntime runtime, ContainerDetail container, ReadyCondition condition, CancellationToken cancellationToken)
    {
        switch (container.State)
        {
            case ContainerState.Exited or ContainerState.Dead or ContainerState.Removing:
                throw await EndedAsync(runtime, container, cancellationToken).ConfigureAwait(false);
            case ContainerState.Running or ContainerState.Paused:
                return condition == ReadyCondition.Running || IsHealthy(container);
            default:
                // Before its start, or between two: health is not known yet.
                return false;
        }
    }

    private static bool IsHealthy(ContainerDetail container)
        => container.Health switch
        {
            HealthStatus.Healthy => true,
            HealthStatus.Unhealthy => throw new ZLayerException(
                ZLayerErrorKind.ContainerNotReady, $"Waiting for the container '{container.Name}': it is unhealthy after {container.HealthDetail?.FailingStreak ?? 1} failed checks.")
            {
                Subject = container.Name,
                Details = Lines(container.HealthDetail?.LastOutput),
                Advice = "See what its health check says, and its log.",
            },
            HealthStatus.None => throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Waiting for the container '{container.Name}' to be healthy: it has no health check.")
            {
                Subject = container.Name,
                Advice = "Create it with a health check, or wait until it runs.",
            },
            _ => false,
        };

    private static async Task<ZLayerException> EndedAsync(
        IContainerRuntime runtime, ContainerDetail container, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> log;
        try
        {
            log = [.. (await runtime.GetContainerLogsAsync(
                container.Id, LogTail, cancellationToken).ConfigureAwait(false)).Select(line => line.Text)];
        }
        catch (ZLayerException)
        {
            // A log that cannot be read is not what failed.
            log = [];
        }

        return new ZLayerException(
            ZLayerErrorKind.ContainerNotReady, $"Waiting for the container '{container.Name}': it has ended with exit code {container.ExitCode ?? 0}{(container.OomKilled ? ", killed for its memory" : "")}.")
        {
            Subject = container.Name,
            ExitCode = container.ExitCode,
            Details = container.Error is { Length: > 0 } error ? [error, .. log] : log,
            Advice = $"{DoorWords.Of($"'zlayer logs {container.Name}'", $"'Get-ZLayerContainerLog {container.Name}'")} shows all that it wrote.",
        };
    }

    private static ZLayerException TimedOut(string container, ReadyCondition condition, ContainerDetail? seen, TimeLimit limit)
        => new(ZLayerErrorKind.OperationTimedOut, $"Waiting for the container '{seen?.Name ?? container}': it is not {condition.ToString().ToLowerInvariant()} after {limit.Limit!.Value.TotalSeconds:0.###} s{(seen is null ? "" : $", but {Describe(seen)}")}.")
        {
            Subject = seen?.Name ?? container,
            Details = Lines(seen?.HealthDetail?.LastOutput),
            Advice = "Allow more time, or see in the container's log what it waits for.",
        };

    private static string Describe(ContainerDetail container)
        => container.State.ToString()
            .ToLowerInvariant() + (container.Health == HealthStatus.None ? "" : $" and {container.Health.ToString().ToLowerInvariant()}");

    private static IReadOnlyList<string> Lines(string? text)
        => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
