using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>Commands in containers, and their own input and output.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<ExecResult> ExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<ExecEvent> StreamExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ContainerSession> OpenExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ContainerSession> AttachAsync(string container, AttachOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
