namespace ZLayer.Cli.Commands;

/// <summary>Marks a command whose last argument is a command line of its own: options stop at the first word that is none.</summary>
internal interface IVerbatimTail
{
    /// <summary>What bad usage exits with: some tell it apart from the exit codes of the program that they run.</summary>
    int BadUsage => ExitCode.BadUsage;
}
