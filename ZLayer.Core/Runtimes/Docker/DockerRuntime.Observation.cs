using System.Net;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>What can be seen of containers.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ContainerInfo>> ListContainersAsync(ContainerFilter filter, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ContainerDetail> InspectContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ContainerStatus> GetContainerStateAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<int?> GetContainerPidAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IPAddress?> GetContainerIpAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ContainerTop> GetContainerProcessesAsync(string container, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<FileChange>> GetContainerChangesAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<PortMappingInfo>> GetContainerPortsAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
