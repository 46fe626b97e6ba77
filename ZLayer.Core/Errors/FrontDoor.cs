using System.Text;

namespace ZLayer.Core.Errors;

/// <summary>Through which of the front doors a user came. Each has names of its own for options and commands.</summary>
public enum FrontDoor
{
    /// <summary>The command line: <c>--force</c>, <c>zlayer pull</c>.</summary>
    CommandLine,

    /// <summary>The PowerShell module: <c>-Force</c>, <c>Receive-ZLayerImage</c>.</summary>
    PowerShell,
}

/// <summary>
/// Advice that names options or commands: the names of both doors are in the text, marked, until it is known who reads it.
/// </summary>
internal static class DoorWords
{
    // Noncharacters of Unicode: no text that is exchanged has them.
    private const char Start = '\uFDD0';
    private const char Between = '\uFDD1';
    private const char End = '\uFDD2';

    /// <summary>What both doors call something.</summary>
    /// <param name="commandLine">What the command line calls it.</param>
    /// <param name="powerShell">What the module calls it.</param>
    public static string Of(string commandLine, string powerShell) => $"{Start}{commandLine}{Between}{powerShell}{End}";

    /// <summary>How to log in to a registry.</summary>
    public static string LogIn(string registry) => Of($"'zlayer login {registry}'", $"'Connect-ZLayerRegistry {registry}'");

    /// <summary>The text in the words of a door; for none in particular, in those of both.</summary>
    public static string For(string text, FrontDoor? door)
    {
        if (!text.Contains(Start, StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        var rest = text.AsSpan();
        while (rest.IndexOf(Start) is >= 0 and var start
            && rest[start..].IndexOf(End) is > 0 and var length
            && rest.Slice(start, length).IndexOf(Between) is > 0 and var middle)
        {
            var commandLine = rest[(start + 1)..(start + middle)];
            var powerShell = rest[(start + middle + 1)..(start + length)];
            result.Append(rest[..start]).Append(door switch
            {
                FrontDoor.CommandLine => commandLine,
                FrontDoor.PowerShell => powerShell,
                _ => $"{commandLine} or {powerShell}",
            });
            rest = rest[(start + length + 1)..];
        }

        return result.Append(rest).ToString();
    }
}
