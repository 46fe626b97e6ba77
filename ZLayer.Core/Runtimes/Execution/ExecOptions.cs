namespace ZLayer.Core.Runtimes.Execution;

/// <summary>A command to run in a container.</summary>
public sealed record ExecOptions
{
    /// <summary>The program and its arguments, handed over as they are: no shell, no quoting.</summary>
    public required IReadOnlyList<string> Command { get; init => field = value.ToArray(); }

    /// <summary>Variables on top of the container's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The working directory; null is the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The user, <c>name[:group]</c> or <c>uid[:gid]</c>; null is the container's.</summary>
    public string? User { get; init; }

    /// <summary>With all capabilities.</summary>
    public bool Privileged { get; init; }

    /// <summary>With a terminal: output and error become one stream.</summary>
    public bool Tty { get; init; }

    /// <summary>The size of the terminal; null leaves it to the runtime.</summary>
    public TerminalSize? TerminalSize { get; init; }

    /// <summary>With an open input.</summary>
    public bool AttachStdIn { get; init; }

    /// <summary>With standard output.</summary>
    public bool AttachStdOut { get; init; } = true;

    /// <summary>With standard error.</summary>
    public bool AttachStdErr { get; init; } = true;

    /// <summary>As <see cref="AttachOptions.DetachKeys"/>.</summary>
    public string? DetachKeys { get; init; }
}
