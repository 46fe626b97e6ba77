using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>Files of containers.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task PutArchiveAsync(string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<Stream> ExportContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
