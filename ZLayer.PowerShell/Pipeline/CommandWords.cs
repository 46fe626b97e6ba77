using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Tells a mistyped parameter from the words of a command. PowerShell puts whatever it knows no parameter for into the parameter that takes
/// the remaining arguments, so that <c>-Memry 64MB</c> would become the command of a container that has no limit.
/// </summary>
internal static class CommandWords
{
    // Of so few letters anything is near.
    private const int ShortestMeant = 3;

    // PowerShell marks the names among the elements of $args so.
    private const string NameMark = "<CommandParameterName>";

    /// <summary>
    /// Ends the statement when a parameter was written that the cmdlet does not have. What follows <c>--</c>, or is quoted, is no
    /// parameter.
    /// </summary>
    /// <param name="cmdlet">The cmdlet, whose parameters are bound.</param>
    /// <param name="words">What the command became.</param>
    public static void Check(PSCmdlet cmdlet, IReadOnlyList<string>? words)
    {
        var known = cmdlet.MyInvocation.MyCommand.Parameters;
        if (words is [var first, ..] && IsOption(cmdlet, first) && OfOption(first, known) is { } parameter)
        {
            cmdlet.ThrowTerminatingError(ErrorMapper.ToErrorRecord(Refusal(cmdlet.MyInvocation.MyCommand.Name, first[1..], parameter)));
        }

        if (words is null || !words.Any(IsParameter))
        {
            return;
        }

        var name = Written(cmdlet) is { } written
            ? written.FirstOrDefault(name => !IsKnown(name, known))
            : words.Where(IsParameter).Select(NameOf).FirstOrDefault(name => !IsKnown(name, known) && Meant(name, known) is not null);
        if (name is not null && words.Any(word => IsParameter(word) && NameOf(word) == name))
        {
            cmdlet.ThrowTerminatingError(ErrorMapper.ToErrorRecord(Refusal(cmdlet.MyInvocation.MyCommand.Name, name, Meant(name, known))));
        }
    }

    /// <summary>
    /// Whether nothing but the words of a command was written by place: all of them behind <c>--</c>. PowerShell puts the first of them
    /// where the image or the container usually stands. False where there is no text to tell.
    /// </summary>
    /// <param name="cmdlet">The cmdlet, whose parameters are bound.</param>
    public static bool AreAllThereIs(PSCmdlet cmdlet)
    {
        var isValue = false;
        foreach (var element in Statement(cmdlet)?.CommandElements.Skip(1) ?? [])
        {
            switch (element)
            {
                case CommandParameterAst { ParameterName: "-" }:
                    return true;
                case CommandParameterAst parameter:
                    isValue = parameter.Argument is null && !IsSwitch(parameter.ParameterName, cmdlet.MyInvocation.MyCommand.Parameters);
                    break;
                case VariableExpressionAst { Splatted: true, VariablePath.UserPath: var variable } when Unwrap(
                    cmdlet.SessionState.PSVariable.GetValue(variable)) is IDictionary:
                    break;
                default:
                    if (!isValue)
                    {
                        return false;
                    }

                    isValue = false;
                    break;
            }
        }

        return false;
    }

    private static bool IsSwitch(string name, IReadOnlyDictionary<string, ParameterMetadata> known)
        => known.Values.FirstOrDefault(
            parameter => parameter.Aliases.Prepend(parameter.Name)
                .Any(option => option.Equals(name, StringComparison.OrdinalIgnoreCase))) is { } exact
            ? exact.SwitchParameter
            : known.Values.Any(
                parameter => parameter.SwitchParameter && parameter.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static ZLayerException Refusal(string command, string name, string? meant)
        => new(ZLayerErrorKind.InvalidArgument, $"{command} has no parameter -{name}{(meant is null ? "" : $" (did you mean -{meant}?)")}.")
        {
            Subject = "-" + name,
            Advice = "Write -- before the command when this belongs to it: everything after -- reaches the program as it is.",
        };

    // The names that were written as parameters; null where there is no text to tell them from words, as in a pipeline that a program
    // makes.
    private static List<string>? Written(PSCmdlet cmdlet)
    {
        if (Statement(cmdlet) is not { } command)
        {
            return null;
        }

        var names = new List<string>();
        foreach (var element in command.CommandElements)
        {
            if (element is CommandParameterAst parameter)
            {
                names.Add(parameter.ParameterName);
            }
            else if (element is VariableExpressionAst { Splatted: true, VariablePath.UserPath: var variable })
            {
                names.AddRange(Splatted(cmdlet.SessionState.PSVariable.GetValue(variable)));
            }
        }

        return names;
    }

    private static CommandAst? Statement(PSCmdlet cmdlet)
        => PSObject.AsPSObject(cmdlet.MyInvocation).Properties["Statement"]?.Value is string { Length: > 0 } statement
            ? Parser.ParseInput(statement, out _, out _).Find(ast => ast is CommandAst, searchNestedScriptBlocks: false) as CommandAst
            : null;

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private static IEnumerable<string> Splatted(object? value) => Unwrap(value) switch
    {
        IDictionary table => table.Keys.OfType<string>(),
        IEnumerable<object> list => list.OfType<PSObject>().Select(item => item.Properties[NameMark]?.Value).OfType<string>(),
        _ => [],
    };

    // An option as Docker's command line has it, in front of the program: PowerShell takes it for a word. Behind the mark, or quoted, it is
    // one.
    private static bool IsOption(PSCmdlet cmdlet, string word)
        => word.StartsWith("--", StringComparison.Ordinal)
            && Statement(cmdlet)?.CommandElements.TakeWhile(element => element is not CommandParameterAst { ParameterName: "-" })
                .Any(element => element is StringConstantExpressionAst { StringConstantType: StringConstantType.BareWord } bare
                    && bare.Value == word) == true;

    private static string? OfOption(string word, IReadOnlyDictionary<string, ParameterMetadata> known)
    {
        var name = word.Split('=')[0].Replace("-", "", StringComparison.Ordinal);
        return Names(known).FirstOrDefault(option => option.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    // As PowerShell reads it: a dash, also one that a text processor made longer, and a letter. '--all' and '-1' are words.
    private static bool IsParameter(string word) => word.Length > 1 && word[0] is '-' or '\u2013' or '\u2014' or '\u2015'
        && (char.IsLetter(word[1]) || word[1] is '_' or '?');

    private static string NameOf(string word) => word[1..].TrimEnd(':');

    private static bool IsKnown(string name, IReadOnlyDictionary<string, ParameterMetadata> known)
        => Names(known).Any(option => option.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static string? Meant(string name, IReadOnlyDictionary<string, ParameterMetadata> known)
        => name.Length < ShortestMeant ? null : Suggestion.Nearest(name, Names(known), StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Names(IReadOnlyDictionary<string, ParameterMetadata> known)
        => known.Values.SelectMany(parameter => parameter.Aliases.Prepend(parameter.Name));
}
