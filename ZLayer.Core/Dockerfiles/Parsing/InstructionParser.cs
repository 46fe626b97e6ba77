using System.Text.RegularExpressions;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Turns the line of one instruction into its node. Errors are collected with their places; a line with errors gives no node.
/// </summary>
internal sealed partial class InstructionParser(LogicalLine line, string text, char escape, List<DockerfileError> errors)
{
    private static readonly string[] Keywords =
    [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN",
        "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ];

    private static readonly Dictionary<string, string> NoVariables = [];
    private static readonly Dictionary<string, InstructionFlags.Kind> NoFlags = [];
    private static readonly Dictionary<string, InstructionFlags.Kind> FromFlags = new() { ["platform"] = InstructionFlags.Kind.Text };

    private InstructionHead _head = new("", 0, [], "", 0);

    internal static bool IsKeyword(string word) => Keywords.Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>The text of the comment <c>name text</c>; null when no comment begins with the name.</summary>
    internal static string? DescriptionIn(IReadOnlyList<string> comments, string name)
        => comments.FirstOrDefault(comment => comment.StartsWith(name + " ", StringComparison.Ordinal))?[(name.Length + 1)..];

    internal Instruction? Parse(InstructionHead instructionHead, bool isTrigger = false)
    {
        _head = instructionHead;
        int errorsBefore = errors.Count;
        Instruction? instruction = null;
        try
        {
            instruction = Dispatch();
        }
        catch (SyntaxException fault)
        {
            Report(_head.Arguments.Length > 0 ? _head.ArgumentsOffset : _head.KeywordOffset, fault.Message);
        }

        if (instruction is null || errors.Count > errorsBefore || errors.Count >= DockerfileLimits.Errors)
        {
            return null;
        }

        return instruction with
        {
            Location = line.At(_head.KeywordOffset),
            EndLine = line.EndLine,
            OriginalText = text[_head.KeywordOffset..].Trim(),
            Keyword = _head.Keyword,
            Comments = isTrigger ? [] : line.Comments,
        };
    }

    private Instruction? Dispatch() => _head.Keyword.ToUpperInvariant() switch
    {
        "ADD" => Add(),
        "ARG" => Arg(),
        "CMD" => Cmd(),
        "COPY" => Copy(),
        "ENTRYPOINT" => Entrypoint(),
        "ENV" => Env(),
        "EXPOSE" => Expose(),
        "FROM" => From(),
        "HEALTHCHECK" => Healthcheck(),
        "LABEL" => Label(),
        "MAINTAINER" => Maintainer(),
        "ONBUILD" => OnBuild(),
        "RUN" => Run(),
        "SHELL" => Shell(),
        "STOPSIGNAL" => StopSignal(),
        "USER" => User(),
        "VOLUME" => Volume(),
        "WORKDIR" => Workdir(),
        _ => Unknown(),
    };

    private Instruction? Unknown()
    {
        string hint = Suggestion.For(_head.Keyword, Keywords, StringComparison.OrdinalIgnoreCase);
        Report(_head.KeywordOffset, _head.Keyword.Length == 0
            ? "the line holds no instruction"
            : $"unknown instruction: {_head.Keyword}{hint}");
        return null;
    }

    // Beyond the limit the line has errors all the same: there is at least one of its own, or many before it.
    private void Report(int offset, string message)
    {
        if (errors.Count < DockerfileLimits.Errors)
        {
            errors.Add(new DockerfileError(line.At(offset), message));
        }
    }

    private string Name => _head.Keyword.ToUpperInvariant();

    private InstructionFlags Flags(IReadOnlyDictionary<string, InstructionFlags.Kind> known) => InstructionFlags.Read(_head, known, Report);

    private SyntaxException AtLeastOne() => new($"{Name} requires at least one argument");

    private FromInstruction From()
    {
        InstructionFlags flags = Flags(FromFlags);
        string[] words = Words.AtSpaces(_head.Arguments);
        bool named = words.Length == 3 && words[1].Equals("AS", StringComparison.OrdinalIgnoreCase);
        if (words.Length != 1 && !named)
        {
            throw new SyntaxException("FROM requires either one or three arguments: FROM image, or FROM image AS name");
        }

        string? name = named ? words[2].ToLowerInvariant() : null;
        if (name is not null && !StageName().IsMatch(name))
        {
            throw new SyntaxException(
                $"invalid name for build stage: \"{words[2]}\": a name begins with a letter and holds letters, digits, -, _ and . only");
        }

        return new FromInstruction
        {
            Image = words[0],
            Platform = NonEmpty(flags.Text("platform")),
            StageName = name,
            StageNameAsWritten = named ? words[2] : null,
            AsKeyword = named ? words[1] : null,
        };
    }

    private ArgInstruction Arg()
    {
        Flags(NoFlags);
        var arguments = new List<ArgDefinition>();
        foreach ((string word, int offset) in Words.Quoted(_head.Arguments, escape))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (name.Length == 0)
            {
                Report(_head.ArgumentsOffset + offset, "ARG names can not be blank");
            }

            arguments.Add(new ArgDefinition(name, equals < 0 ? null : word[(equals + 1)..], line.DescriptionOf(name)));
        }

        return arguments.Count == 0 ? throw AtLeastOne() : new ArgInstruction { Arguments = arguments };
    }

    private EnvInstruction Env()
    {
        Flags(NoFlags);
        return new EnvInstruction { Variables = Pairs() };
    }

    private LabelInstruction Label()
    {
        Flags(NoFlags);
        return new LabelInstruction { Labels = Pairs() };
    }

    // NAME=VALUE …, or the old form NAME VALUE: the first word decides.
    private List<NameValue> Pairs()
    {
        List<(string Text, int Offset)> words = Words.Quoted(_head.Arguments, escape);
        if (words.Count == 0)
        {
            throw AtLeastOne();
        }

        if (!words[0].Text.Contains('=', StringComparison.Ordinal))
        {
            string[] parts = WhiteSpace().Split(_head.Arguments, 2);
            return parts.Length == 2
                ? [new NameValue(parts[0], parts[1], IsLegacy: true)]
                : throw new SyntaxException($"{Name} must have two arguments: {Name} {parts[0]}=value");
        }

        var pairs = new List<NameValue>();
        foreach ((string word, int offset) in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                Report(_head.ArgumentsOffset + offset, $"can't find = in \"{word}\": it must be of the form name=value");
            }
            else if (equals == 0)
            {
                Report(_head.ArgumentsOffset + offset, $"{Name} names can not be blank");
            }
            else
            {
                pairs.Add(new NameValue(word[..equals], word[(equals + 1)..]));
            }
        }

        return pairs;
    }

    private ExposeInstruction Expose()
    {
        Flags(NoFlags);
        string[] ports = Words.AtSpaces(_head.Arguments);
        foreach (string port in ports.Where(
            port => port.AsSpan().IndexOfAny("$\"'") < 0 && !port.Contains(escape, StringComparison.Ordinal)))
        {
            _ = PortSpecification.Parse(port);
        }

        return ports.Length == 0 ? throw AtLeastOne() : new ExposeInstruction { Ports = ports };
    }

    private VolumeInstruction Volume()
    {
        Flags(NoFlags);
        IReadOnlyList<string> paths = Words.JsonArray(_head.Arguments) ?? (IReadOnlyList<string>)Words.AtSpaces(_head.Arguments);
        paths = [.. paths.Select(path => path.Trim())];
        if (paths.Count == 0)
        {
            throw AtLeastOne();
        }

        return paths.Contains("")
            ? throw new SyntaxException("a VOLUME can not be an empty string")
            : new VolumeInstruction { Paths = paths };
    }

    private WorkdirInstruction Workdir() => new() { Path = WholeText() };

    private UserInstruction User() => new() { User = WholeText() };

    private StopSignalInstruction StopSignal() => new() { Signal = WholeText() };

    private MaintainerInstruction Maintainer() => new() { Maintainer = WholeText() };

    private string WholeText()
    {
        Flags(NoFlags);
        return _head.Arguments.Length > 0 ? _head.Arguments : throw new SyntaxException($"{Name} requires exactly one argument");
    }

    private OnBuildInstruction? OnBuild()
    {
        Flags(NoFlags);
        if (_head.Arguments.Length == 0)
        {
            throw AtLeastOne();
        }

        var trigger = InstructionHead.Split(text, _head.ArgumentsOffset, escape);
        if (trigger.Is("ONBUILD"))
        {
            throw new SyntaxException("ONBUILD ONBUILD is not allowed: triggers do not chain");
        }

        if (trigger.Is("FROM") || trigger.Is("MAINTAINER"))
        {
            throw new SyntaxException($"{trigger.Keyword.ToUpperInvariant()} is not allowed as an ONBUILD trigger");
        }

        Instruction? instruction = new InstructionParser(line, text, escape, errors).Parse(trigger, isTrigger: true);
        string bodies = string.Concat(line.Heredocs.Select(heredoc => $"\n{heredoc.Content}{heredoc.Name}"));
        if (instruction is null)
        {
            return null;
        }

        // Everybody who has the image can read its triggers. The command of a RUN is not touched: what it means is not known.
        string command = instruction is AddInstruction ? Errors.AddressRedaction.Strip(instruction.OriginalText) : instruction.OriginalText;
        return new OnBuildInstruction { Trigger = instruction, TriggerText = command + bodies };
    }

    private static string? NonEmpty(string? value) => value?.Length == 0 ? null : value;

    [GeneratedRegex(@"^[a-z][a-z0-9\-_.]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex StageName();

    [GeneratedRegex(@"[\t\v\f\r ]+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();
}
