using ZLayer.Core.Errors;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>What a failure to run something exits with, as docker and shells tell it.</summary>
internal static class StartFailure
{
    /// <summary>127 for a program that was not found, 126 for one that cannot be executed, 125 for everything else.</summary>
    public static int ExitCodeOf(ZLayerException failure) => failure.ExitCode is ExitCode.NotFound or ExitCode.NotExecutable ? failure.ExitCode.Value : ExitCode.NotRun;
}
