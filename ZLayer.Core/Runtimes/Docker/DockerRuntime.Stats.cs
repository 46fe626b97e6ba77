using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>What containers use.</content>
public sealed partial class DockerRuntime
{
    private long _machineMemory;

    /// <inheritdoc/>
    public async Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get($"containers/{id}/stats", EnginePurpose.ForContainer("measure", container)) with
        {
            // Without one-shot the engine waits for a second sample.
            Query = new EngineQuery { { "stream", false }, { "one-shot", true } },
        };
        var answer = await Client.GetAsync(request, StreamsJson.Default.EngineSample, cancellationToken).ConfigureAwait(false);
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

    /// <inheritdoc/>
    public async IAsyncEnumerable<StatsSample> StreamStatsAsync(string container, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var id = await ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get($"containers/{id}/stats", EnginePurpose.ForContainer("measure", container)) with
        {
            Query = new EngineQuery { { "stream", true } },
        };
        var hasRun = false;
        await foreach (var answer in Client.StreamAsync(request, StreamsJson.Default.EngineSample, cancellationToken).ConfigureAwait(false))
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

    private static void RequireRunning(EngineSample answer, string container)
    {
        if (!answer.IsRunning)
        {
            throw new ZLayerException(ZLayerErrorKind.ContainerNotRunning, $"Cannot measure the container '{container}': it does not run.") { Subject = container, Advice = "Start the container first." };
        }
    }

    private async ValueTask<ulong> GetMachineMemoryAsync(CancellationToken cancellationToken)
    {
        if (_machineMemory == 0)
        {
            var machine = await Client.GetAsync(EngineRequest.Get($"info", EnginePurpose.ForEngine("ask the engine for its memory")), EngineJson.Default.EngineMachine, cancellationToken).ConfigureAwait(false);
            _machineMemory = machine.Memory;
        }

        return (ulong)_machineMemory;
    }
}
