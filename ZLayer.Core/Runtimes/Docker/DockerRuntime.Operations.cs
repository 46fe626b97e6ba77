using System.Net;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker.Operations;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>The operations of the contract, each with an engine that is chosen once for it.</content>
internal sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<ContainerCreation> CreateContainerAsync(ContainerSpecification specification, CancellationToken cancellationToken = default)
        => new DockerCreation(Engine).CreateContainerAsync(specification, cancellationToken);

    /// <inheritdoc/>
    public Task StartContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).StartContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task StopContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).StopContainerAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task RestartContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).RestartContainerAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RemoveContainerAsync(string container, ContainerRemoveOptions options, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).RemoveContainerAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task KillContainerAsync(string container, Signal? signal = null, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).KillContainerAsync(container, signal, cancellationToken);

    /// <inheritdoc/>
    public Task PauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).PauseContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task UnpauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).UnpauseContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task RenameContainerAsync(string container, string newName, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).RenameContainerAsync(container, newName, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UpdateContainerAsync(
        string container, ContainerUpdate update, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).UpdateContainerAsync(container, update, cancellationToken);

    /// <inheritdoc/>
    public Task<Digest> CommitContainerAsync(string container, CommitOptions options, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).CommitContainerAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task<PruneResult> PruneContainersAsync(ContainerPruneFilter? filter = null, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).PruneContainersAsync(filter, cancellationToken);

    /// <inheritdoc/>
    public Task<int> WaitContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerWaiting(Engine).WaitContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<WaitOutcome> WaitOutcomeAsync(string container, WaitCondition condition, CancellationToken cancellationToken = default)
        => new DockerWaiting(Engine).WaitOutcomeAsync(container, condition, cancellationToken);

    /// <inheritdoc/>
    public Task<Task<WaitOutcome>> BeginWaitAsync(string container, WaitCondition condition, CancellationToken cancellationToken = default)
        => new DockerWaiting(Engine).BeginWaitAsync(container, condition, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ContainerInfo>> ListContainersAsync(ContainerFilter filter, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).ListContainersAsync(filter, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerDetail> InspectContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).InspectContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerStatus> GetContainerStateAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerStateAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<int?> GetContainerPidAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerPidAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<IPAddress?> GetContainerIpAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerIpAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerTop> GetContainerProcessesAsync(
        string container, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerProcessesAsync(container, arguments, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FileChange>> GetContainerChangesAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerChangesAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PortMappingInfo>> GetContainerPortsAsync(string container, CancellationToken cancellationToken = default)
        => new DockerInspection(Engine).GetContainerPortsAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default)
        => new DockerMeasurement(Engine).GetContainerStatsAsync(container, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StatsSample> StreamStatsAsync(string container, CancellationToken cancellationToken = default)
        => new DockerMeasurement(Engine).StreamStatsAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetContainerLogsAsync(string container, int tail, CancellationToken cancellationToken = default)
        => new DockerLogs(Engine).GetContainerLogsAsync(container, tail, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetLogsAsync(string container, CancellationToken cancellationToken = default)
        => new DockerLogs(Engine).GetLogsAsync(container, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogChunk> StreamLogsAsync(string container, LogOptions options, CancellationToken cancellationToken = default)
        => new DockerLogs(Engine).StreamLogsAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ZLayerEvent> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken = default)
        => new DockerEvents(Engine).GetEventsAsync(filter, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
        => new DockerFiles(Engine).GetArchiveAsync(container, path, cancellationToken);

    /// <inheritdoc/>
    public Task PutArchiveAsync(
        string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
        => new DockerFiles(Engine).PutArchiveAsync(container, path, archive, options, cancellationToken);

    /// <inheritdoc/>
    public Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
        => new DockerFiles(Engine).GetPathStatAsync(container, path, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> ExportContainerAsync(string container, CancellationToken cancellationToken = default)
        => new DockerFiles(Engine).ExportContainerAsync(container, cancellationToken);

    /// <inheritdoc/>
    public Task<ExecResult> ExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => new DockerExecution(Engine).ExecAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ExecEvent> StreamExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => new DockerExecution(Engine).StreamExecAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerSession> OpenExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => new DockerExecution(Engine).OpenExecAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task StartExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => new DockerExecution(Engine).StartExecAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task<ContainerSession> AttachAsync(string container, AttachOptions options, CancellationToken cancellationToken = default)
        => new DockerExecution(Engine).AttachAsync(container, options, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageInfo>> ListImagesAsync(CancellationToken cancellationToken = default)
        => new DockerImages(Engine).ListImagesAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ImageRemoval> RemoveImageAsync(string image, bool force = false, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).RemoveImageAsync(image, force, cancellationToken);

    /// <inheritdoc/>
    public Task<PruneResult> PruneImagesAsync(bool all = false, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).PruneImagesAsync(all, cancellationToken);

    /// <inheritdoc/>
    public Task TagImageAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).TagImageAsync(source, target, cancellationToken);

    /// <inheritdoc/>
    public Task<ImageInspection> InspectImageAsync(string image, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).InspectImageAsync(image, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageHistoryEntry>> GetImageHistoryAsync(string image, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).GetImageHistoryAsync(image, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageSearchResult>> SearchImagesAsync(
        string term, int limit = 0, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).SearchImagesAsync(term, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> SaveImagesAsync(IReadOnlyList<string> images, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).SaveImagesAsync(images, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<LoadProgress> LoadImagesAsync(Stream archive, bool quiet = false, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).LoadImagesAsync(archive, quiet, cancellationToken);

    /// <inheritdoc/>
    public Task<Digest> ImportImageAsync(
        Stream rootFileSystem, ImageReference? target, ImageImportOptions options, CancellationToken cancellationToken = default)
        => new DockerImages(Engine).ImportImageAsync(rootFileSystem, target, options, cancellationToken);

    /// <inheritdoc/>
    public Task PullImageAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
        => new DockerPull(Engine).PullImageAsync(image, options, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<PullProgress> PullImageStreamAsync(
        ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
        => new DockerPull(Engine).PullImageStreamAsync(image, options, cancellationToken);

    /// <inheritdoc/>
    public Task SyncContainerVolumesAsync(string container, CancellationToken cancellationToken = default)
        => new DockerLifecycle(Engine).SyncContainerVolumesAsync(container, cancellationToken);
}
