using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The patterns of a <c>.dockerignore</c>. The last pattern that matches a path or one of its parents decides. Safe for concurrent use.
/// </summary>
internal sealed class IgnoreFile
{
    private readonly Rule[] _rules;

    // A file of many patterns is mostly paths: they are looked up, and only patterns with wildcards are tried one by one.
    private readonly Dictionary<string, int> _literals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _literalsBySpan;
    private readonly List<int> _wildcards = [];
    private readonly string[] _exceptionPaths;
    private readonly RangeMaximum _lastExceptions;
    private readonly List<int> _wildcardExceptions = [];

    private IgnoreFile(string name, Rule[] rules)
    {
        Name = name;
        _rules = rules;
        HasExceptions = rules.Any(rule => rule.IsException);
        _literalsBySpan = _literals.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int i = 0; i < rules.Length; i++)
        {
            if (rules[i].Program.Literal is { } path)
            {
                _literals[path] = i;
                continue;
            }

            _wildcards.Add(i);
            if (rules[i].IsException)
            {
                _wildcardExceptions.Add(i);
            }
        }

        // Of one path only the last rule is looked at anyway.
        _exceptionPaths = [.. _literals.Where(literal => rules[literal.Value].IsException)
            .Select(literal => literal.Key)
            .Order(StringComparer.Ordinal)];
        _lastExceptions = new RangeMaximum([.. _exceptionPaths.Select(path => _literals[path])]);
    }

    /// <summary>A file without patterns: nothing is excluded.</summary>
    public static IgnoreFile Empty { get; } = new(".dockerignore", []);

    /// <summary>The name of the file as the caller gave it.</summary>
    public string Name { get; }

    /// <summary>True when the file has a <c>!</c> pattern.</summary>
    public bool HasExceptions { get; }

    /// <summary>True when the file has no patterns.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>
    /// The patterns in order, cleaned, as matching uses them: without a leading <c>/</c>, exceptions with their <c>!</c>.
    /// </summary>
    public IReadOnlyList<string> Patterns => [.. _rules.Select(rule => rule.IsException ? "!" + rule.Clean : rule.Clean)];

    /// <summary>Parses the text of an ignore file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name for messages; the file is not opened.</param>
    /// <returns>The patterns.</returns>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: patterns are not valid; each is in the details, the subject is the first one's line.
    /// </exception>
    public static IgnoreFile Parse(string text, string name = ".dockerignore")
    {
        var rules = new List<Rule>();
        var faults = new List<(int Line, string Message)>();
        if (text.Length > DockerfileLimits.FileSize)
        {
            throw Invalid(name, [(1, $"the file is larger than {DockerfileLimits.FileSize} bytes")]);
        }

        string[] lines = (text.StartsWith('\ufeff') ? text[1..] : text).Split('\n');
        for (int i = 0; i < lines.Length && faults.Count < DockerfileLimits.Errors; i++)
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

    /// <summary>
    /// Makes patterns of the values of <c>--exclude</c>: like lines of a file, but nothing is a comment and a leading <c>/</c> counts.
    /// </summary>
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
    /// <param name="path">
    /// A clean path relative to the context, with <c>/</c>; empty or <c>.</c> for the context itself, which is never excluded.
    /// </param>
    /// <returns>The verdict with the line that made it.</returns>
    public IgnoreMatch Match(string path)
    {
        int index = LastMatch(path);
        return index < 0 ? default : new IgnoreMatch(!_rules[index].IsException, _rules[index].Line, _rules[index].Text);
    }

    /// <summary>
    /// Says whether anything below a directory may be included, so that a walker must enter it: always below one that is included, else
    /// only where an exception may match.
    /// </summary>
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
        return LastLiteralExceptionBelow(directory) > index
            || _wildcardExceptions.Exists(i => i > index && _rules[i].Program.MayMatchBelow(directory));
    }

    private int LastLiteralExceptionBelow(string directory)
    {
        // '0' is the character behind '/': between the two lies what is below the directory.
        int start = directory.Length == 0 ? 0 : FindException(directory + "/");
        int end = directory.Length == 0 ? _exceptionPaths.Length : FindException(directory + "0");
        return _lastExceptions.Max(start, end);
    }

    private int FindException(string path)
    {
        int at = Array.BinarySearch(_exceptionPaths, path, StringComparer.Ordinal);
        return at < 0 ? ~at : at;
    }

    private int LastMatch(string path)
    {
        if (path is "" or ".")
        {
            return -1;
        }

        int last = LastLiteral(path);
        for (int i = _wildcards.Count - 1; i >= 0 && _wildcards[i] > last; i--)
        {
            if (_rules[_wildcards[i]].Program.IsMatchOrParent(path))
            {
                return _wildcards[i];
            }
        }

        return last;
    }

    private int LastLiteral(ReadOnlySpan<char> path)
    {
        int last = -1;
        while (_literals.Count > 0)
        {
            if (_literalsBySpan.TryGetValue(path, out int index))
            {
                last = Math.Max(last, index);
            }

            int slash = path.LastIndexOf('/');
            if (slash < 0)
            {
                break;
            }

            path = path[..slash];
        }

        return last;
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

/// <summary>What an ignore file says about a path.</summary>
/// <param name="Excluded">True when the path is left out.</param>
/// <param name="Line">The line of the last pattern that decided, from 1; 0 when none matched.</param>
/// <param name="Pattern">That pattern as written; null when none matched.</param>
internal readonly record struct IgnoreMatch(bool Excluded, int Line, string? Pattern);
