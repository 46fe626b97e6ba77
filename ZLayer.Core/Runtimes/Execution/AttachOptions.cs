namespace ZLayer.Core.Runtimes.Execution;

/// <summary>How to connect to a container's own process.</summary>
public sealed record AttachOptions
{
    /// <summary>Writes to its input.</summary>
    public bool StdIn { get; init; }

    /// <summary>Reads its standard output.</summary>
    public bool StdOut { get; init; } = true;

    /// <summary>Reads its standard error.</summary>
    public bool StdErr { get; init; } = true;

    /// <summary>Begins with what it wrote before.</summary>
    public bool Logs { get; init; }

    /// <summary>Whether the container has a terminal; null asks the runtime, which may cost a request.</summary>
    public bool? Tty { get; init; }

    /// <summary>
    /// The keys that end the connection, as <see cref="Terminals.DetachKeys"/> writes them, for runtimes that watch the input of a terminal
    /// themselves; null is the runtime's default.
    /// </summary>
    public string? DetachKeys { get; init; }
}
