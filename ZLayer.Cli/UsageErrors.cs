using System.CommandLine;
using System.CommandLine.Parsing;

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

        return [.. parsed.Errors.Select(e => e.Message).Distinct()];
    }

    /// <summary>Says that a command has no such option, and which it may have been.</summary>
    public static string UnknownOption(string option, Command command, IEnumerable<Option> known)
        => $"'{option}' is not an option of '{command.Name}'.{Suggest(option.Split('=')[0], known.SelectMany(o => o.Aliases.Append(o.Name)))}";

    private static string Suggest(string text, IEnumerable<string> known)
    {
        var (near, distance) = known.Where(k => k != text).Select(k => (Name: k, Distance: Distance(text, k))).DefaultIfEmpty(("", int.MaxValue)).MinBy(k => k.Item2);
        return distance <= Math.Max(2, text.Length / 3) && distance < text.Length - 1 ? $" Did you mean '{near}'?" : "";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
