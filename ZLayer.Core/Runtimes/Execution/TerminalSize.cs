namespace ZLayer.Core.Runtimes.Execution;

/// <summary>The size of a terminal in characters.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
public readonly record struct TerminalSize(ushort Rows, ushort Columns);
