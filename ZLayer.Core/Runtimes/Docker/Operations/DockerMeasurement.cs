using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>What containers use.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerMeasurement(ChosenEngine engine)
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    public async Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var answer = await GetSampleAsync(id, container, cancellationToken).ConfigureAwait(false);
        RequireRunning(answer, container);
        var sample = answer.ToSample(await GetMachineMemoryAsync(cancellationToken).ConfigureAwait(false));
        return new ContainerStats
        {
            CpuUsageMicroseconds = sample.CpuTotalNanoseconds / 1000,
            MemoryBytes = sample.MemoryUsed,
            MemoryLimit = sample.MemoryLimit == 0 ? ContainerStats.NoLimit : sample.MemoryLimit,
            Timestamp = sample.Timestamp,
        };
    }

    public async IAsyncEnumerable<StatsSample> StreamStatsAsync(
        string container, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var hasRun = false;
        await foreach (var answer in StreamSamplesAsync(id, container, cancellationToken).ConfigureAwait(false))
        {
            // The engine goes on with empty samples when the container has ended.
            if (hasRun && !answer.IsRunning)
            {
                yield break;
            }

            RequireRunning(answer, container);
            hasRun = true;
            yield return answer.ToSample(await GetMachineMemoryAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    private Task<EngineSample> GetSampleAsync(string id, string container, CancellationToken cancellationToken)
        => engine.Client.GetAsync(
            // Without one-shot the engine waits for a second sample.
            EngineRequest.Get(
                $"containers/{id}/stats", EnginePurpose.ForContainer("measure", container)) with { Query = new EngineQuery { { "stream", false }, { "one-shot", true } } },
            StreamsJson.Default.EngineSample,
            cancellationToken);

    private async IAsyncEnumerable<EngineSample> StreamSamplesAsync(
        string id, string container, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = EngineRequest.Get(
            $"containers/{id}/stats", EnginePurpose.ForContainer("measure", container)) with { Query = new EngineQuery { { "stream", true } } };
        if (!await engine.Client.IsPodmanAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var sample in engine.Client.StreamAsync(
                request, StreamsJson.Default.EngineSample, cancellationToken).ConfigureAwait(false))
            {
                yield return sample;
            }

            yield break;
        }

        // Podman's own stream has a sample every five seconds.
        using var timer = new PeriodicTimer(SampleInterval);
        yield return await GetSampleAsync(id, container, cancellationToken).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false)
            && await TryGetSampleAsync(id, container, cancellationToken).ConfigureAwait(false) is { } sample)
        {
            yield return sample;
        }
    }

    /// <summary>A sample; null when the container is gone.</summary>
    private async Task<EngineSample?> TryGetSampleAsync(string id, string container, CancellationToken cancellationToken)
    {
        try
        {
            return await GetSampleAsync(id, container, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ContainerNotFound or ZLayerErrorKind.ContainerNotRunning)
        {
            return null;
        }
    }

    private static void RequireRunning(EngineSample answer, string container)
    {
        if (!answer.IsRunning)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerNotRunning, $"Cannot measure the container '{container}': it does not run.")
            {
                Subject = container,
                Advice = "Start the container first.",
            };
        }
    }

    private async ValueTask<ulong> GetMachineMemoryAsync(CancellationToken cancellationToken)
    {
        if (engine.Client.MachineMemory == 0)
        {
            var machine = await engine.Client.GetAsync(
                EngineRequest.Get(
                    $"info", EnginePurpose.ForEngine(
                        "ask the engine for its memory")), EngineJson.Default.EngineMachine, cancellationToken).ConfigureAwait(false);
            engine.Client.MachineMemory = machine.Memory;
        }

        return (ulong)engine.Client.MachineMemory;
    }
}
