using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Waiting for containers. There is no limit of time: the token ends it.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerWaiting(ChosenEngine engine)
{
    public async Task<int> WaitContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        return ContainerMapping.ExitCode(
            (await WaitForAsync(id, container, WaitCondition.NotRunning, cancellationToken).ConfigureAwait(false)).StatusCode);
    }

    public async Task<WaitOutcome> WaitOutcomeAsync(
        string container, WaitCondition condition, CancellationToken cancellationToken = default)
        => await (await BeginWaitAsync(container, condition, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    public async Task<Task<WaitOutcome>> BeginWaitAsync(
        string container, WaitCondition condition, CancellationToken cancellationToken = default)
    {
        // By id, so that another container that takes the name meanwhile is not taken for this one.
        var id = container.Length == ChosenEngine.IdLength
            ? container
            : (await engine.InspectAsync(container, "wait for", cancellationToken).ConfigureAwait(false)).Id;
        var wait = await OpenWaitAsync(id, container, condition, cancellationToken).ConfigureAwait(false);
        return FinishWaitAsync(wait, id, condition, cancellationToken);
    }

    private async Task<WaitOutcome> FinishWaitAsync(
        EngineStream wait, string id, WaitCondition condition, CancellationToken cancellationToken)
    {
        await using var closing = wait.ConfigureAwait(false);
        var answer = await ReadWaitAsync(wait, cancellationToken).ConfigureAwait(false);
        var outcome = ContainerMapping.Outcome(
            ContainerMapping.ExitCode(answer.StatusCode), answer.Error?.Message is { Length: > 0 } error ? error : null);
        if (condition == WaitCondition.Removed)
        {
            return outcome;
        }

        try
        {
            var state = (await engine.InspectAsync(id, "wait for", cancellationToken).ConfigureAwait(false)).State;
            // A container that was started again tells of its new life.
            return state.Running || state.Restarting ? outcome : ContainerMapping.Outcome(state);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            // It removed itself at its end.
            return outcome;
        }
    }

    private async Task<WaitDocument> WaitForAsync(string id, string container, WaitCondition condition, CancellationToken cancellationToken)
    {
        var wait = await OpenWaitAsync(id, container, condition, cancellationToken).ConfigureAwait(false);
        await using (wait.ConfigureAwait(false))
        {
            return await ReadWaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins to wait: when this returns the engine waits, and nothing that happens from now on is missed.</summary>
    public Task<EngineStream> OpenWaitAsync(string id, string container, WaitCondition condition, CancellationToken cancellationToken)
    {
        var words = condition switch
        {
            WaitCondition.NextExit => "next-exit",
            WaitCondition.Removed => "removed",
            _ => "not-running",
        };
        var request = EngineRequest.Post(
            $"containers/{id}/wait", EnginePurpose.ForContainer("wait for", container)) with { Query = new EngineQuery { { "condition", words } } };
        return engine.Client.OpenAsync(request, cancellationToken);
    }

    public static async Task<WaitDocument> ReadWaitAsync(EngineStream wait, CancellationToken cancellationToken)
        => wait.Parse(await wait.ReadJsonAsync(cancellationToken).ConfigureAwait(false), DocumentsJson.Default.WaitDocument);

    public async Task WaitForRemovalAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForAsync(id, id, WaitCondition.Removed, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            // It is gone.
        }
    }
}
