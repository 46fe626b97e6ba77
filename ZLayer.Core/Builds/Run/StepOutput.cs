namespace ZLayer.Core.Builds.Run;

/// <summary>One line that a step printed, without its end. A line longer than 16 KiB comes in several pieces.</summary>
/// <param name="Line">The text; bytes that are not UTF-8 are replaced by U+FFFD.</param>
/// <param name="IsError">True for standard error.</param>
/// <param name="IsPartial">True when no end of line followed: the rest of a long line comes next, or the output ended here.</param>
public sealed record StepOutput(string Line, bool IsError, bool IsPartial = false);
