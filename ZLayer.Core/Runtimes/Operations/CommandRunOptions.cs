using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>How a command is run in a container.</summary>
public sealed record CommandRunOptions
{
    /// <summary>The command. Its input is opened when there is one.</summary>
    public required ExecOptions Command { get; init; }

    /// <summary>The name that output, the result and errors give the container; null is as it was named for the run.</summary>
    public string? ContainerName { get; init; }

    /// <summary>What it reads, from where it stands to its end; null gives it no input. It stays open.</summary>
    public Stream? Input { get; init; }

    /// <summary>
    /// How long it may run, its start included; null is without a limit. A runtime cannot end a command: it goes on, with its output
    /// closed.
    /// </summary>
    public TimeSpan? Timeout { get; init; }
}
