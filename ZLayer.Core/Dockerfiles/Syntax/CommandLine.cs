namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// A command in shell form (one text that a shell interprets) or exec form (a JSON array of arguments, run as it is).
/// </summary>
internal sealed record CommandLine
{
    /// <summary>True for the shell form.</summary>
    public required bool IsShellForm { get; init; }

    /// <summary>The text of the shell form; empty for the exec form.</summary>
    public string Text { get; init; } = "";

    /// <summary>The arguments of the exec form; empty for the shell form.</summary>
    public IReadOnlyList<string> Arguments { get; init => field = value.ToArray(); } = [];

    /// <summary>The heredocs that follow the command, in order; RUN only.</summary>
    public IReadOnlyList<Heredoc> Heredocs { get; init => field = value.ToArray(); } = [];

    /// <summary>True when the command is nothing but one heredoc: its body is the script.</summary>
    public bool IsScript { get; init; }

    /// <summary>
    /// True when the command is one heredoc that begins with <c>#!</c>: its text is to be run as a file rather than by the shell
    /// (on Windows it is given to the shell all the same).
    /// </summary>
    public bool HasShebang => IsScript && Heredocs[0].Text.StartsWith("#!", StringComparison.Ordinal);

    /// <summary>What the shell is given for the shell form: the script, or the text followed by its heredocs.</summary>
    public string ShellText
    {
        get
        {
            if (IsScript)
            {
                return Heredocs[0].Text;
            }

            // The shell reads the bodies itself, so they follow as they were written.
            return string.Concat(Heredocs.Select(heredoc => $"\n{heredoc.Content}{heredoc.Name}").Prepend(Text));
        }
    }

    /// <summary>
    /// The argument vector: the exec form as it is, the shell form as <paramref name="shell"/> plus <see cref="ShellText"/>.
    /// </summary>
    /// <param name="shell">The shell and its options, such as <c>/bin/sh -c</c>.</param>
    /// <returns>The arguments, the program first.</returns>
    public IReadOnlyList<string> ToArguments(IReadOnlyList<string> shell) => IsShellForm ? [.. shell, ShellText] : Arguments;
}
