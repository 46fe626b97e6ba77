namespace ZLayer.Core.Builds.Run;

/// <summary>How a step ended.</summary>
internal sealed record StepOutcome
{
    /// <summary>
    /// What the process returned; 128 + n when signal n ended it, 126 when the program cannot be executed, 127 when there is none.
    /// </summary>
    public required int ExitCode { get; init; }

    /// <summary>The signal that an exit code above 128 stands for; null when the process returned by itself.</summary>
    public int? Signal { get; init; }

    /// <summary>
    /// The changes of the step as an overlayfs upper directory. Mount points and what the step runner puts in place
    /// (<c>/etc/resolv.conf</c>, <c>/etc/hosts</c>) leave no trace in it.
    /// </summary>
    public required string UpperDirectory { get; init; }
}

/// <summary>One line that a step printed, without its end. A line longer than 16 KiB comes in several pieces.</summary>
/// <param name="Line">The text; bytes that are not UTF-8 are replaced by U+FFFD.</param>
/// <param name="IsError">True for standard error.</param>
/// <param name="IsPartial">True when no end of line followed: the rest of a long line comes next, or the output ended here.</param>
internal sealed record StepOutput(string Line, bool IsError, bool IsPartial = false);
