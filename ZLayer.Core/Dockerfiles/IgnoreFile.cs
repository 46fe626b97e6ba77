using ZLayer.Core.Errors;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The patterns of a <c>.dockerignore</c>. The last pattern that matches a path or one of its parents decides. Safe for concurrent use.</summary>
public sealed class IgnoreFile
{
    private readonly Rule[] _rules;

    private IgnoreFile(string name, Rule[] rules)
    {
        Name = name;
        _rules = rules;
        HasExceptions = rules.Any(rule => rule.IsException);
    }

    /// <summary>A file without patterns: nothing is excluded.</summary>
    public static IgnoreFile Empty { get; } = new(".dockerignore", []);

    /// <summary>The name of the file as the caller gave it.</summary>
    public string Name { get; }

    /// <summary>True when the file has a <c>!</c> pattern.</summary>
    public bool HasExceptions { get; }

    /// <summary>True when the file has no patterns.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>The patterns in order, cleaned, as matching uses them: without a leading <c>/</c>, exceptions with their <c>!</c>.</summary>
    public IReadOnlyList<string> Patterns => [.. _rules.Select(rule => rule.IsException ? "!" + rule.Clean : rule.Clean)];

    /// <summary>Parses the text of an ignore file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name for messages; the file is not opened.</param>
    /// <returns>The patterns.</returns>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: patterns are not valid; each is in the details, the subject is the first one's line.</exception>
    public static IgnoreFile Parse(string text, string name = ".dockerignore")
    {
        var rules = new List<Rule>();
        var faults = new List<(int Line, string Message)>();
        string[] lines = (text.StartsWith('\ufeff') ? text[1..] : text).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            try
            {
                if (ParseLine(lines[i], i + 1) is { } rule)
                {
                    rules.Add(rule);
                }
            }
            catch (SyntaxException fault)
            {
                faults.Add((i + 1, fault.Message));
            }
        }

        return faults.Count == 0 ? new IgnoreFile(name, [.. rules]) : throw Invalid(name, faults);
    }

    /// <summary>Makes patterns of the values of <c>--exclude</c>: like lines of a file, but nothing is a comment and a leading <c>/</c> counts.</summary>
    /// <param name="patterns">The patterns in order; exceptions begin with <c>!</c>.</param>
    /// <param name="name">The name for messages.</param>
    /// <returns>The patterns; a match's line is the number of its pattern, from 1.</returns>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: a pattern is not valid.</exception>
    public static IgnoreFile FromPatterns(IEnumerable<string> patterns, string name = "--exclude")
    {
        var rules = new List<Rule>();
        foreach (string pattern in patterns)
        {
            int number = rules.Count + 1;
            try
            {
                rules.Add(MakeRule(pattern.Trim(), number, keepRoot: true));
            }
            catch (SyntaxException fault)
            {
                throw Invalid(name, [(number, fault.Message)]);
            }
        }

        return new IgnoreFile(name, [.. rules]);
    }

    /// <summary>Says whether a path is excluded, and why.</summary>
    /// <param name="path">A clean path relative to the context, with <c>/</c>; empty or <c>.</c> for the context itself, which is never excluded.</param>
    /// <returns>The verdict with the line that made it.</returns>
    public IgnoreMatch Match(string path)
    {
        int index = LastMatch(path);
        return index < 0 ? default : new IgnoreMatch(!_rules[index].IsException, _rules[index].Line, _rules[index].Text);
    }

    /// <summary>Says whether anything below a directory may be included, so that a walker must enter it: always below one that is included, else only where an exception may match.</summary>
    /// <param name="directory">A clean path relative to the context, with <c>/</c>.</param>
    /// <returns>False when the whole directory can be skipped.</returns>
    public bool MayContainIncluded(string directory)
    {
        int index = LastMatch(directory);
        if (index < 0 || _rules[index].IsException)
        {
            return true;
        }

        // What excludes the directory excludes all below it, unless an exception that comes later takes it back.
        for (int i = index + 1; i < _rules.Length; i++)
        {
            if (_rules[i].IsException && _rules[i].Program.MayMatchBelow(directory))
            {
                return true;
            }
        }

        return false;
    }

    private int LastMatch(string path)
    {
        if (path is "" or ".")
        {
            return -1;
        }

        for (int i = _rules.Length - 1; i >= 0; i--)
        {
            if (_rules[i].Program.IsMatchOrParent(path))
            {
                return i;
            }
        }

        return -1;
    }

    private static Rule? ParseLine(string line, int number)
    {
        string text = line.Trim();
        // Only a # in the first column begins a comment.
        return line.StartsWith('#') || text.Length == 0 ? null : MakeRule(text, number, keepRoot: false);
    }

    private static Rule MakeRule(string text, int number, bool keepRoot)
    {
        bool isException = text.StartsWith('!');
        string pattern = isException ? text[1..].Trim() : text;
        if (pattern.Length == 0)
        {
            throw new SyntaxException(isException ? "the pattern \"!\" excepts nothing: a path must follow" : "the pattern is empty");
        }

        string clean = GlobSyntax.Clean(pattern);
        clean = clean.Length > 1 && clean[0] == '/' && !keepRoot ? clean[1..] : clean;
        return new Rule(number, text, clean, isException, GlobSyntax.Compile(clean, doubleStar: true));
    }

    private static ZLayerException Invalid(string name, List<(int Line, string Message)> faults)
        => new(ZLayerErrorKind.InvalidArgument, $"Cannot read the ignore patterns of {name}:{faults[0].Line}: {faults[0].Message}.")
        {
            Subject = $"{name}:{faults[0].Line}",
            Advice = "Correct the pattern: close every [ with ], and put a path behind !.",
            Details = [.. faults.Select(fault => $"{name}:{fault.Line}: {fault.Message}")],
        };

    private sealed record Rule(int Line, string Text, string Clean, bool IsException, GlobProgram Program);
}
