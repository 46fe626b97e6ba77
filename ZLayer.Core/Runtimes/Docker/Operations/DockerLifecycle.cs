using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>The life of containers: <see cref="IContainerLifecycle"/> as an engine fulfils it.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerLifecycle(ChosenEngine engine)
{
    private static readonly ApiVersion StopsWithSignals = new(1, 42);
    // Timers know no more than 49 days; what is longer has no end.
    private static readonly TimeSpan LongestGracePeriod = TimeSpan.FromDays(40);
    private static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromSeconds(10);

    private readonly DockerWaiting _waiting = new(engine);

    public async Task StartContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        await engine.Client.SendAsync(
            EngineRequest.Post($"containers/{id}/start", StartPurpose("start", container)), cancellationToken).ConfigureAwait(false);
        if (!engine.TerminalSizes.IsEmpty)
        {
            await ResizeStartedAsync(container, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StopContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
        => StopAsync(container, "stop", options, cancellationToken);

    public async Task RestartContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (await CanStopWithAsync(options, cancellationToken).ConfigureAwait(false))
        {
            await StopAsync(container, "restart", options, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await StopWithSignalAsync(container, options, cancellationToken).ConfigureAwait(false);
            await StartContainerAsync(container, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<bool> RemoveContainerAsync(
        string container, ContainerRemoveOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var isUnderway = false;
        var purpose = EnginePurpose.ForContainer("remove", container) with
        {
            Conflict = ZLayerErrorKind.ContainerRunning,
            Refine = (_, said) =>
            {
                isUnderway = said.Contains("removal of container", StringComparison.OrdinalIgnoreCase)
                    && said.Contains("in progress", StringComparison.OrdinalIgnoreCase);
                return null;
            },
        };
        try
        {
            var query = new EngineQuery { { "force", options.Force }, { "v", options.RemoveVolumes } };
            await engine.Client.SendAsync(
                EngineRequest.Delete($"containers/{id}", purpose) with { Query = query }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            return false;
        }
        catch (ZLayerException) when (isUnderway)
        {
            // Somebody else removes it, or the engine does at its end: it is gone when this returns.
            await _waiting.WaitForRemovalAsync(id, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    public async Task KillContainerAsync(string container, Signal? signal = null, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        await KillAsync(id, container, signal ?? Signal.Kill, cancellationToken).ConfigureAwait(false);
    }

    public async Task PauseContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = EnginePurpose.ForContainer("pause", container) with
        {
            Refine = (_, said) => said.Contains("already paused", StringComparison.OrdinalIgnoreCase)
                ? ZLayerErrorKind.InvalidArgument
                : null,
        };
        await engine.Client.SendAsync(EngineRequest.Post($"containers/{id}/pause", purpose), cancellationToken).ConfigureAwait(false);
    }

    public async Task UnpauseContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var isRunning = true;
        try
        {
            var purpose = EnginePurpose.ForContainer("unpause", container) with
            {
                Refine = (_, said) => said.Contains("not paused", StringComparison.OrdinalIgnoreCase)
                    ? ZLayerErrorKind.InvalidArgument
                    : null,
            };
            await engine.Client.SendAsync(EngineRequest.Post($"containers/{id}/unpause", purpose), cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArgument)
        {
            // The engine says of a stopped container too that it is not paused.
            isRunning = (await engine.InspectAsync(id, "unpause", cancellationToken).ConfigureAwait(false)).State.Running;
            if (isRunning)
            {
                throw;
            }
        }

        if (!isRunning)
        {
            throw new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning, $"Cannot unpause the container '{container}': it is not running.")
            {
                Subject = container,
                Advice = "Start the container.",
            };
        }
    }

    public async Task RenameContainerAsync(string container, string newName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(newName);
        var name = newName.Trim();
        if (!Notation.IsName(name))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot rename the container '{container}': '{newName}' is not a name.")
            {
                Subject = newName,
                Advice = "A name begins with a letter or digit and goes on with letters, digits, '_', '.' and '-'.",
            };
        }

        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = EnginePurpose.ForContainer("rename", container) with { Conflict = ZLayerErrorKind.NameInUse };
        await engine.Client.SendAsync(
            EngineRequest.Post(
                $"containers/{id}/rename", purpose) with { Query = new EngineQuery { { "name", name } } }, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<string>> UpdateContainerAsync(
        string container, ContainerUpdate update, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        if (update.IsEmpty)
        {
            return [];
        }

        LimitsMapping.CheckUpdate(update.Limits);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var body = LimitsMapping.Apply(
            new UpdateDocument { RestartPolicy = LimitsMapping.Restart(update.RestartPolicy) }, update.Limits with { KernelMemory = null });
        var request = EngineRequest.Post(
            $"containers/{id}/update", EnginePurpose.ForContainer("change the limits of", container)) with { Body = EngineBody.Json(
                body, DocumentsJson.Default.UpdateDocument) };
        var answer = await engine.Client.GetAsync(request, DocumentsJson.Default.WarningsDocument, cancellationToken).ConfigureAwait(false);
        string[] own = update.Limits.KernelMemory is null ? [] : ["The limit KernelMemory was not changed: engines have none any more."];
        return [.. answer.Warnings ?? [], .. own];
    }

    public async Task<Digest> CommitContainerAsync(string container, CommitOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var query = new EngineQuery
        {
            { "container", id }, { "repo", DockerImages.RepositoryOf(options.Target, "commit to") }, { "tag", options.Target?.Tag }, { "comment", options.Comment }, { "author", options.Author }, { "pause", options.Pause },
        };
        DockerImages.AddChanges(query, options.Changes);
        var request = EngineRequest.Post($"commit", EnginePurpose.ForContainer("commit", container)) with
        {
            Query = query, Body = EngineBody.NoDocument,
        };
        var committed = await engine.Client.GetAsync(
            request, DocumentsJson.Default.CommittedDocument, cancellationToken).ConfigureAwait(false);
        return Digest.TryParse(committed.Id, out var digest) || Digest.TryParse("sha256:" + committed.Id, out digest)
            ? digest
            : throw EngineFailure.Unreadable(request.Purpose, engine.Client.Endpoint);
    }

    public async Task<PruneResult> PruneContainersAsync(ContainerPruneFilter? filter = null, CancellationToken cancellationToken = default)
    {
        filter ??= new ContainerPruneFilter();
        var request = EngineRequest.Post($"containers/prune", EnginePurpose.ForEngine("remove the containers that do not run")) with
        {
            Query = new EngineQuery
            {
                {
                    "filters",
                    [
                        new("until", filter.Until is { } until ? [EngineQuery.Text(until)] : []), new("label", filter.Labels), new(
                            "label!", filter.WithoutLabels),
                    ]
                },
            },
        };
        var pruned = await engine.Client.GetAsync(
            request, DocumentsJson.Default.PrunedContainersDocument, cancellationToken).ConfigureAwait(false);
        return new PruneResult
        {
            Kind = StorageKind.Container,
            Removed = pruned.ContainersDeleted ?? [],
            ReclaimedBytes = pruned.SpaceReclaimed,
        };
    }

    public async Task SyncContainerVolumesAsync(string container, CancellationToken cancellationToken = default)
        // The engine has no volumes with a remote storage behind them that ZLayer keeps: only an unknown container is an error.
        => await engine.InspectAsync(container, "bring out the volumes of", cancellationToken).ConfigureAwait(false);

    private async Task StopAsync(string container, string verb, ContainerStopOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!await CanStopWithAsync(options, cancellationToken).ConfigureAwait(false))
        {
            await StopWithSignalAsync(container, options, cancellationToken).ConfigureAwait(false);
            return;
        }

        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = verb == "restart" ? StartPurpose(verb, container) : EnginePurpose.ForContainer(verb, container);
        var request = new EngineRequest(
            HttpMethod.Post, verb == "restart"
                ? EngineRequest.Post($"containers/{id}/restart", purpose).Path
                : EngineRequest.Post($"containers/{id}/stop", purpose).Path, purpose);
        var query = new EngineQuery { { "t", options.GracePeriod is { } grace
            ? CreateMapping.Seconds(grace)
            : default(long?) }, { "signal", options.Signal?.ToWire() } };
        await engine.Client.SendAsync(request with { Query = query }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> CanStopWithAsync(ContainerStopOptions options, CancellationToken cancellationToken)
        => options.Signal is null
            || (await engine.Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false) >= StopsWithSignals
                && !await engine.Client.IsPodmanAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// For engines whose stop takes no signal: sends it, waits, then stops the container, which by then has ended or is killed.
    /// </summary>
    private async Task StopWithSignalAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken)
    {
        var document = await engine.InspectAsync(container, "stop", cancellationToken).ConfigureAwait(false);
        var grace = options.GracePeriod
            ?? (document.Config.StopTimeout is { } seconds
                ? (seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds))
                : DefaultGracePeriod);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // The wait stands before the signal is sent: the restart policy may start the container again at once.
            var wait = await _waiting.OpenWaitAsync(document.Id, container, WaitCondition.NextExit, limit.Token).ConfigureAwait(false);
            await using (wait.ConfigureAwait(false))
            {
                await KillAsync(document.Id, container, options.Signal!.Value, cancellationToken).ConfigureAwait(false);
                limit.CancelAfter(grace > LongestGracePeriod ? Timeout.InfiniteTimeSpan : grace);
                await DockerWaiting.ReadWaitAsync(wait, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It took too long.
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ContainerNotRunning or ZLayerErrorKind.ContainerNotFound)
        {
            // It does not run, or removed itself at its end; a restart that is due is called off below.
        }

        try
        {
            await StopAsync(
                document.Id, "stop", new ContainerStopOptions { GracePeriod = TimeSpan.Zero }, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            // It is gone, as it was to be.
        }
    }

    private async Task KillAsync(string id, string container, Signal signal, CancellationToken cancellationToken)
    {
        var request = EngineRequest.Post(
            $"containers/{id}/kill", EnginePurpose.ForContainer("kill", container)) with { Query = new EngineQuery { { "signal", signal.ToWire() } } };
        await engine.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task ResizeStartedAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            var document = await engine.InspectAsync(container, "resize the terminal of", cancellationToken).ConfigureAwait(false);
            if (engine.TerminalSizes.TryRemove(document.Id, out var size))
            {
                var request = EngineRequest.Post(
                    $"containers/{document.Id}/resize", EnginePurpose.ForContainer("resize the terminal of", container));
                await engine.Client.SendAsync(
                    request with { Query = new EngineQuery { { "h", (long)size.Rows }, { "w", (long)size.Columns } } }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ContainerNotFound or ZLayerErrorKind.ContainerNotRunning)
        {
            // It has ended already and needs no size.
        }
    }

    /// <summary>Everything but an unknown container means that the process cannot be started: the engine's words say why.</summary>
    private static EnginePurpose StartPurpose(string verb, string container)
        => EnginePurpose.ForContainer(verb, container) with
        {
            Refine = (status, said) => status == HttpStatusCode.NotFound
                && said.Contains("no such container", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.ContainerNotFound
                : said.Contains("client version", StringComparison.OrdinalIgnoreCase)
                    || said.Contains("no container with", StringComparison.OrdinalIgnoreCase) ? null
                : status is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? null
                : ZLayerErrorKind.ContainerStartFailed,
            Advise = AdviseStart,
        };

    internal static string? AdviseStart(ZLayerErrorKind kind)
        => kind == ZLayerErrorKind.ContainerStartFailed ? "Check the command, the ports, mounts and limits of the container." : null;
}
