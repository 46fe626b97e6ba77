namespace ZLayer.Core.Runtimes.Execution;

/// <summary>What a command did.</summary>
public record ExecResult
{
    /// <summary>Its exit code.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Its standard output as text; bytes that are not UTF-8 show as U+FFFD.</summary>
    public string StdOut { get; init; } = "";

    /// <summary>Its standard error as text.</summary>
    public string StdErr { get; init; } = "";

    /// <summary>The bytes of its standard output.</summary>
    public byte[] RawStdOut { get; init; } = [];

    /// <summary>The bytes of its standard error.</summary>
    public byte[] RawStdErr { get; init; } = [];

    /// <summary>How long it ran.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The container.</summary>
    public string ContainerName { get; init; } = "";

    /// <summary>The runtime that holds the container; empty where nobody asked for it by name.</summary>
    public string Runtime { get; init; } = "";
}
