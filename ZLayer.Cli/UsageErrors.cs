using System.CommandLine;
using System.CommandLine.Parsing;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Cli;

/// <summary>What is wrong with a command line, in words that name the nearest right one.</summary>
internal static class UsageErrors
{
    public static IReadOnlyList<string> Find(ParseResult parsed, string[] args)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && args.FirstOrDefault(arg => !arg.StartsWith('-')) is { } name && parsed.UnmatchedTokens.Contains(name)
            && command.Subcommands.All(known => known.Name != name))
        {
            return [$"'{name}' is not a command.{Suggest(name, command.Subcommands.Select(c => c.Name))}"];
        }

        // The parser takes what it does not know for the value of an argument.
        var unknown = Array.IndexOf(args, "--") >= 0
            ? []
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
                .Concat(parsed.UnmatchedTokens).Where(v => v.Length > 1 && v[0] == '-').ToList();
        if (unknown.Count > 0)
        {
            var known = command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options)).ToList();
            return [.. unknown.Select(option => UnknownOption(option, command, known))];
        }

        return [.. parsed.Errors.Select(Reword).Distinct()];
    }

    // The parser's own words name types of .NET, and hold line breaks.
    private static string Reword(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Tokens: [.., { Value: var value }], Option: var option }
            || !error.Message.Contains($"'{value}'", StringComparison.Ordinal))
        {
            return error.Message;
        }

        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return option.HelpName is { } names
            && names.Contains(
                '|', StringComparison.Ordinal) ? $"{option.Name} {value}: write one of {names.Replace("|", ", ", StringComparison.Ordinal)}."
            : type.IsEnum ? $"{option.Name} {value}: write one of {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}."
            : type == typeof(bool) ? $"{option.Name} {value}: write true or false."
            : type.IsPrimitive ? $"{option.Name} {value}: not a number in range."
            : error.Message.ReplaceLineEndings(" ");
    }

    /// <summary>Says that a command has no such option, and which it may have been.</summary>
    public static string UnknownOption(string option, Command command, IEnumerable<Option> known)
        => $"'{option}' is not an option of '{command.Name}'.{Suggest(option.Split('=')[0], known.SelectMany(o => o.Aliases.Append(o.Name)))}";

    // One letter is not nearly another.
    private static string Suggest(string text, IEnumerable<string> known)
        => Suggestion.Nearest(text, known, maximum: Math.Min(Math.Max(2, text.Length / 3), text.Length - 2)) is { } near
            ? $" Did you mean '{near}'?"
            : "";
}
