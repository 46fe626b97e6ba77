namespace ZLayer.Core.Builds.Run;

/// <summary>How a step ended.</summary>
public sealed record StepOutcome
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
