namespace ZLayer.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadUsage = 2;

    /// <summary>A container could not be run for a reason that is not its own, as docker tells it.</summary>
    public const int NotRun = 125;

    /// <summary>The program was found and cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>The program was not found.</summary>
    public const int NotFound = 127;

    /// <summary>128 plus the number of SIGHUP.</summary>
    public const int HungUp = 129;

    /// <summary>128 plus the number of SIGINT, as shells report it.</summary>
    public const int Interrupted = 130;

    /// <summary>128 plus the number of SIGPIPE.</summary>
    public const int BrokenPipe = 141;
}
