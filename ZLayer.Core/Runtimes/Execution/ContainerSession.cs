using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Execution;

/// <summary>
/// A live connection to a process in a container. Reading and writing may go on at once. Disposing closes the connection; the process of a
/// container goes on, and so does a command unless it notices.
/// </summary>
public abstract class ContainerSession : IAsyncDisposable
{
    /// <summary>Whether the process has a terminal: all output is one stream then.</summary>
    public abstract bool IsTerminal { get; }

    /// <summary>The process's input; writing to it without one is an InvalidOperationException.</summary>
    public abstract Stream Input { get; }

    /// <summary>The output as it comes, until the process closes it. It can be read once.</summary>
    public abstract IAsyncEnumerable<LogChunk> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Says that no more input comes; output goes on.</summary>
    public abstract Task CloseInputAsync(CancellationToken cancellationToken = default);

    /// <summary>Tells the size of the terminal; does nothing without one.</summary>
    public abstract Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default);

    /// <summary>Waits for the exit code of the command, or of the container for an attached session.</summary>
    public abstract Task<int> WaitAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
