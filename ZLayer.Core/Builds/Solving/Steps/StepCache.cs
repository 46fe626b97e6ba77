using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// Takes a step from the store's step cache or executes it, once at a time for each key: two platforms or stages that need the same step
/// share it.
/// </summary>
internal sealed class StepCache(StepCacheStore records, LayerStore layers, Lease lease, bool enabled)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<StepResult>>> _running = new(StringComparer.Ordinal);

    /// <summary>Takes or executes a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="execute">Carries the step out.</param>
    /// <param name="cancellationToken">Ends the execution; a step that another stage waits for ends for both, as the build does.</param>
    public async Task<StepResult> GetAsync(
        CacheableStep step, Func<CancellationToken, Task<StepProduct>> execute, CancellationToken cancellationToken)
    {
        var key = step.Inputs.ComputeKey();
        var mine = new Lazy<Task<StepResult>>(() => TakeOrExecuteAsync(key, step, execute, cancellationToken));
        var shared = _running.GetOrAdd(key, mine);
        var result = await shared.Value.ConfigureAwait(false);
        return ReferenceEquals(shared, mine) ? result : result with { Cached = true, Reason = "the same step ran in this build" };
    }

    /// <summary>The record that a step of this key left, if its layers are still there.</summary>
    public StepRecord? Find(string key)
    {
        if (!enabled || records.Find(key) is not { } record)
        {
            return null;
        }

        return record.Layers.All(d => lease.Protect(d) && layers.FindBlobs(d).Count > 0) && IsWhole(record) ? record : null;
    }

    private async Task<StepResult> TakeOrExecuteAsync(
        string key, CacheableStep step, Func<CancellationToken, Task<StepProduct>> execute, CancellationToken cancellationToken)
    {
        if (Find(key) is { } found)
        {
            records.Put(key, found with { LastUsed = DateTimeOffset.UtcNow });
            return new StepResult(found.Layers, found.Created, Cached: true, "same inputs as before");
        }

        var reason = enabled
            ? MissReason.Explain(step.Inputs, records.FindLatest(step.Family)?.Inputs, step.ExplainContent)
            : "the cache is off";
        // What was computed while a layer below it vanished is not the step's result, and must not become that of other builds.
        var below = step.Below.Where(layers.IsHere).ToList();
        var product = await execute(cancellationToken).ConfigureAwait(false);
        if (below.Find(layer => !layers.IsHere(layer)) is { IsEmpty: false } gone)
        {
            throw new ZLayerException(ZLayerErrorKind.StorageReadFailed, $"Layer {gone} was removed while {step.Title} used it.")
            {
                Subject = gone.ToString(),
                Advice = "Something outside of ZLayer removed it during the build. Pull the base image and build again.",
            };
        }

        records.Put(key, new StepRecord
        {
            Key = key,
            Family = step.Family,
            Instruction = step.Instruction,
            Layers = [.. product.DiffIds],
            Created = product.Created,
            LastUsed = DateTimeOffset.UtcNow,
            Inputs = step.Inputs.ToDictionary(),
            Size = product.DiffIds.Sum(d => PlainSizeOf(d) ?? 0),
        });
        return new StepResult(product.DiffIds, product.Created, Cached: false, $"{step.Title}: {reason}");
    }

    // A layer that lost its end is seen by its size: the step runs again and its result takes the place of what is damaged.
    private bool IsWhole(StepRecord record)
        => record.Layers.Any(d => PlainSizeOf(d) is null) || record.Layers.Sum(d => PlainSizeOf(d)!.Value) == record.Size;

    private long? PlainSizeOf(Digest diffId) => layers.FindBlobs(diffId).FirstOrDefault(b => b.Digest == diffId)?.Size;
}

/// <summary>A step that may be in the cache.</summary>
/// <param name="Family">Names its place in the Dockerfile, whatever its content, so that a miss can be explained.</param>
/// <param name="Title">Its beginning, for reasons: <c>COPY package.json</c>.</param>
/// <param name="Instruction">Its text.</param>
/// <param name="Inputs">What its result depends on.</param>
/// <param name="ExplainContent">Says which files changed since the last execution.</param>
internal sealed record CacheableStep(
    string Family, string Title, string Instruction, StepInputs Inputs, Func<string?>? ExplainContent = null)
{
    /// <summary>The layers that the step stands on and reads from.</summary>
    public IReadOnlyList<Digest> Below { get; init; } = [];
}
