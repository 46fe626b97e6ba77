using System.CommandLine;
using ZLayer.Core.Errors;

namespace ZLayer.Cli;

/// <summary>Says on standard error what went wrong and what to do, and gives the exit code for it.</summary>
internal static class ErrorReport
{
    public static int Usage(ParseResult parsed, IEnumerable<string> errors, int exitCode)
    {
        foreach (var error in errors)
        {
            Console.Error.WriteLine($"error: {AddressRedaction.Redact(error)}");
        }

        var command = parsed.CommandResult.Command;
        Console.Error.WriteLine($"advice: See 'zlayer {(command is RootCommand ? "" : command.Name + " ")}--help'.");
        return exitCode;
    }

    public static int Interrupted(int exitCode)
    {
        Console.Error.WriteLine("interrupted");
        return exitCode;
    }

    public static int Failure(Exception failure, bool verbose)
    {
        failure = ZLayerException.From(failure) ?? failure;
        Console.Error.WriteLine($"error: {(failure is ZLayerException or UsageException ? "" : $"internal error: {failure.GetType().Name}: ")}{failure.Message}");
        var known = failure as ZLayerException;
        foreach (var detail in known?.Details ?? [])
        {
            Console.Error.WriteLine($"  {detail}");
        }

        if ((known?.Advice ?? (failure as UsageException)?.Advice) is { Length: > 0 } advice)
        {
            Console.Error.WriteLine($"advice: {advice}");
        }

        if (verbose || (known is null && failure is not UsageException))
        {
            Console.Error.WriteLine(AddressRedaction.Redact(failure.ToString()));
        }

        return failure is UsageException ? ExitCode.BadUsage : ExitCode.Failed;
    }
}
