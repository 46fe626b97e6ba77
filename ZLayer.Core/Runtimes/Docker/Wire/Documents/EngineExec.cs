namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>What is asked of <c>POST /containers/{id}/exec</c>.</summary>
internal sealed record EngineExecCreation
{
    public required IReadOnlyList<string> Cmd { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; }

    public bool AttachStderr { get; init; }

    public bool Tty { get; init; }

    public string? DetachKeys { get; init; }

    public bool Privileged { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Lines and columns; from API 1.42 on.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }
}

/// <summary>What is asked of <c>POST /exec/{id}/start</c>.</summary>
internal sealed record EngineExecStart
{
    public bool Detach { get; init; }

    public bool Tty { get; init; }

    /// <summary>Lines and columns; from API 1.42 on.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }
}

/// <summary>A command in a container: the answers of creating and of inspecting it.</summary>
internal sealed record EngineExec
{
    public string? Id { get; init; }

    public bool Running { get; init; }

    public long? ExitCode { get; init; }

    /// <summary>0 as long as it was not started, and when it could not be.</summary>
    public int Pid { get; init; }
}
