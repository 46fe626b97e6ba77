using System.CommandLine;

namespace ZLayer.Cli.Arguments;

/// <summary>
/// The command lines of commands that end in another command line: <c>zlayer run -it IMAGE ls --all</c>. Options stop at the first word
/// that is none, and everything behind it is left as it is, whatever it looks like.
/// </summary>
internal static class VerbatimTail
{
    /// <summary>Writes each option in its long form with its value, and separates the tail by <c>--</c>.</summary>
    /// <param name="command">The command.</param>
    /// <param name="common">The options of every command.</param>
    /// <param name="words">What follows the command's name.</param>
    /// <exception cref="UsageException">An option is unknown, or its value is missing.</exception>
    public static List<string> Separate(Command command, IEnumerable<Option> common, IReadOnlyList<string> words)
    {
        Option[] options = [.. command.Options, .. common];
        var separated = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--" || word == "-" || !word.StartsWith('-'))
            {
                separated.Add("--");
                separated.AddRange(words.Skip(word == "--" ? i + 1 : i));
                break;
            }

            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                AddLong(command, options, word, words, ref i, separated);
            }
            else
            {
                AddShort(command, options, word, words, ref i, separated);
            }
        }

        return separated;
    }

    private static void AddLong(
        Command command, Option[] options, string word, IReadOnlyList<string> words, ref int i, List<string> separated)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var option = Find(command, options, name);
        if (IsFlag(option))
        {
            separated.Add(word);
        }
        else
        {
            AddValue(option, equals < 0 ? Value(option, words, ref i) : word[(equals + 1)..], separated);
        }
    }

    // -it is -i -t, -p80:80 is -p 80:80, -e=A=B is -e A=B.
    private static void AddShort(
        Command command, Option[] options, string word, IReadOnlyList<string> words, ref int i, List<string> separated)
    {
        for (var at = 1; at < word.Length; at++)
        {
            var option = Find(command, options, "-" + word[at]);
            var rest = word[(at + 1)..];
            if (!IsFlag(option))
            {
                AddValue(option, rest.Length == 0 ? Value(option, words, ref i) : rest.StartsWith('=') ? rest[1..] : rest, separated);
                return;
            }

            if (rest.StartsWith('='))
            {
                separated.Add(option.Name + rest);
                return;
            }

            separated.Add(option.Name);
        }
    }

    // In one word, since a value may look like an option; but for an empty one, which the parser knows in a word of its own only.
    private static void AddValue(Option option, string value, List<string> separated)
    {
        if (value.Length == 0)
        {
            separated.AddRange([option.Name, ""]);
        }
        else
        {
            separated.Add($"{option.Name}={value}");
        }
    }

    private static bool IsFlag(Option option)
        => option.ValueType == typeof(bool) || option.ValueType == typeof(bool?) || option.Arity.MaximumNumberOfValues == 0;

    private static string Value(Option option, IReadOnlyList<string> words, ref int i)
        => ++i < words.Count
            ? words[i]
            : throw new UsageException(
                $"The option '{option.Name}' needs a value.", $"See 'zlayer {option.Parents.FirstOrDefault()?.Name} --help'.");

    private static Option Find(Command command, Option[] options, string name)
        => options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name))
            ?? throw new UsageException(UsageErrors.UnknownOption(name, command, options), $"See 'zlayer {command.Name} --help'.");
}
