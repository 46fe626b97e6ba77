namespace ZLayer.Core.Runtimes.Execution;

/// <summary>What a running command does: <see cref="ExecOutput"/>, then one <see cref="ExecExit"/>.</summary>
public abstract record ExecEvent;

/// <summary>A line that it wrote.</summary>
/// <param name="Record">The line.</param>
public sealed record ExecOutput(Observation.LogRecord Record) : ExecEvent;

/// <summary>It ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
public sealed record ExecExit(int ExitCode) : ExecEvent;
