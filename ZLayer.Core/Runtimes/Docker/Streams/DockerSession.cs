using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>A connection that the engine handed over.</summary>
/// <param name="connection">The connection.</param>
/// <param name="isTerminal">Whether the process has a terminal; its output is not framed then.</param>
/// <param name="hasInput">Whether the process takes input.</param>
internal abstract class DockerSession(UpgradedStream connection, bool isTerminal, bool hasInput) : ContainerSession
{
    private readonly OutputReader _output = new(connection, isFramed: !isTerminal);

    /// <inheritdoc/>
    public override bool IsTerminal => isTerminal;

    /// <inheritdoc/>
    public override Stream Input { get; } = new SessionInput(connection, hasInput);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<LogChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var chunk in LogChunks.ReadAsync(_output, cancellationToken).ConfigureAwait(false))
        {
            yield return chunk;
        }
    }

    /// <inheritdoc/>
    public override Task CloseInputAsync(CancellationToken cancellationToken = default)
        => hasInput ? connection.CloseWriteAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => connection.DisposeAsync();
}
