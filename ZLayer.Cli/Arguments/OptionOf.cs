using System.CommandLine;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Arguments;

/// <summary>Makes options of the kinds that container commands have.</summary>
internal static class OptionOf
{
    /// <summary>An option that is there or not.</summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases)
        => new(name, aliases) { Description = description };

    /// <summary>An option with one value.</summary>
    public static Option<string?> Text(string name, string value, string description, params string[] aliases)
        => new(name, aliases) { Description = description, HelpName = value };

    /// <summary>An option that may be repeated.</summary>
    public static Option<string[]> List(string name, string value, string description, params string[] aliases)
        => new(name, aliases) { Description = description + " (repeatable)", HelpName = value };

    /// <summary>An option with one of a few values.</summary>
    public static Option<string?> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', values) };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    /// <summary>An option with the names of an enumeration as values; the first of them is the default.</summary>
    public static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
        => ChoiceOf<T, T>(name, description, value => value);

    /// <summary>As <see cref="Choice{T}(string, string)"/>, without a default.</summary>
    public static Option<T?> ChoiceOrNothing<T>(string name, string description)
        where T : struct, Enum
        => ChoiceOf<T?, T>(name, description, value => value);

    private static Option<TValue> ChoiceOf<TValue, T>(string name, string description, Func<T, TValue> make)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToArray();
        var option = new Option<TValue>(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            CustomParser = result =>
            {
                var index = Array.IndexOf(names, result.Tokens[^1].Value);
                if (index < 0)
                {
                    result.AddError($"{name} {result.Tokens[^1].Value}: expected one of {string.Join(", ", names)}.");
                    return default;
                }

                return make(Enum.GetValues<T>()[index]);
            },
        };
        option.CompletionSources.Add(names);
        return option;
    }

    /// <summary>How a list is shown.</summary>
    public static Option<string?> Format() => Choice("--format", "How to show it (default: table)", "table", "json");

    /// <summary>The values of an option that may be repeated; none when it was not given.</summary>
    public static string[] All(this ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) ?? [];

    /// <summary>
    /// The value read by a parser of the engine; null when the option was not given. What the parser refuses is bad usage.
    /// </summary>
    public static T? Read<T>(this ParseResult parsed, Option<string?> option, Func<string, T> parse)
        where T : class
        => parsed.GetValue(option) is { } text ? Named(option.Name, text, parse) : null;

    /// <summary>As <see cref="Read{T}"/>, for values.</summary>
    public static T? ReadValue<T>(this ParseResult parsed, Option<string?> option, Func<string, T> parse)
        where T : struct
        => parsed.GetValue(option) is { } text ? Named(option.Name, text, parse) : null;

    /// <summary>Every value of an option, read by a parser of the engine.</summary>
    public static IReadOnlyList<T> ReadAll<T>(this ParseResult parsed, Option<string[]> option, Func<string, T> parse)
        => [.. parsed.All(option).Select(text => Named(option.Name, text, parse))];

    /// <summary>What a parser of the engine reads in a text of an option. What it refuses is bad usage.</summary>
    public static T Named<T>(string option, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.InvalidArgument or ZLayerErrorKind.InvalidImageReference)
        {
            throw new UsageException($"{option} {text}: {e.Message}", e.AdviceFor(FrontDoor.CommandLine));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new UsageException($"{option} {text}: not a number in range.");
        }
    }
}
