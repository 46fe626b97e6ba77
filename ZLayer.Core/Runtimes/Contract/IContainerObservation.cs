using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes;

/// <summary>What can be seen of containers. Every member throws ContainerNotFound for one that does not exist.</summary>
public interface IContainerObservation : IRuntimePart
{
    /// <summary>The containers, in every state unless the filter says otherwise.</summary>
    Task<IReadOnlyList<ContainerInfo>> ListContainersAsync(ContainerFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Everything about a container: ports, networks, addresses, health, exit code, mounts, environment, process id.</summary>
    Task<ContainerDetail> InspectContainerAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>Where a container is in its life; a paused one runs.</summary>
    Task<ContainerStatus> GetContainerStateAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>The last lines that a container wrote, in the order in which they arrived, with the times that the runtime noted.</summary>
    /// <param name="container">The container.</param>
    /// <param name="tail">How many lines; 0 is none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    Task<IReadOnlyList<LogRecord>> GetContainerLogsAsync(string container, int tail, CancellationToken cancellationToken = default);

    /// <summary>All lines that a container wrote.</summary>
    Task<IReadOnlyList<LogRecord>> GetLogsAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>What a container writes, byte for byte: one chunk for each frame or line.</summary>
    IAsyncEnumerable<LogChunk> StreamLogsAsync(string container, LogOptions options, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.LogsStream);

    /// <summary>One sample of what a container uses.</summary>
    /// <exception cref="ZLayerException">ContainerNotRunning.</exception>
    Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>A sample each second until the container ends.</summary>
    IAsyncEnumerable<StatsSample> StreamStatsAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.StatsStream);

    /// <summary>The process id on the host; null when the container does not run or has no process of its own.</summary>
    Task<int?> GetContainerPidAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>The address of a container, that of the default network first; null when it has none.</summary>
    Task<IPAddress?> GetContainerIpAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>The port that a container was given because it shares the host's network; null elsewhere.</summary>
    Task<ushort?> GetContainerPortOverrideAsync(string container, CancellationToken cancellationToken = default)
        => Task.FromResult<ushort?>(null);

    /// <summary>The processes of a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="arguments">Arguments of ps; none is the runtime's usual columns.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <exception cref="ZLayerException">ContainerNotRunning.</exception>
    Task<ContainerTop> GetContainerProcessesAsync(
        string container, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.TopContainer);

    /// <summary>What a container changed in its file system.</summary>
    Task<IReadOnlyList<FileChange>> GetContainerChangesAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ChangesContainer);

    /// <summary>The published ports, one for each binding.</summary>
    Task<IReadOnlyList<PortMappingInfo>> GetContainerPortsAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.PortMappingsContainer);
}
