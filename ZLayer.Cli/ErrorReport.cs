using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;

namespace ZLayer.Cli;

/// <summary>Says on standard error what went wrong and what to do, and gives the exit code for it.</summary>
internal static class ErrorReport
{
    public static int Usage(ParseResult parsed, IEnumerable<string> errors, int exitCode)
    {
        foreach (var error in errors)
        {
            Screen.Note($"error: {AddressRedaction.Redact(error)}");
        }

        var command = parsed.CommandResult.Command;
        Screen.Note($"advice: See 'zlayer {(command is RootCommand ? "" : command.Name + " ")}--help'.");
        return exitCode;
    }

    public static int Interrupted(int exitCode)
    {
        Screen.Note("interrupted");
        return exitCode;
    }

    public static int Failure(Exception failure, bool verbose)
    {
        failure = ZLayerException.From(failure) ?? failure;
        Screen.Note(
            $"error: {(failure is ZLayerException or UsageException ? "" : $"internal error: {failure.GetType().Name}: ")}{failure.Message}");
        var known = failure as ZLayerException;
        foreach (var detail in known?.FurtherDetails ?? [])
        {
            Screen.Note($"  {detail}");
        }

        if ((known?.AdviceFor(FrontDoor.CommandLine) ?? (failure as UsageException)?.Advice) is { Length: > 0 } advice)
        {
            Screen.Note($"advice: {advice}");
        }

        if (verbose || (known is null && failure is not UsageException))
        {
            Screen.Notes(AddressRedaction.Redact(failure.ToString()));
        }

        return failure is UsageException ? ExitCode.BadUsage : ExitCode.Failed;
    }
}
