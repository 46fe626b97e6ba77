using System.Text.Json;
using System.Text.RegularExpressions;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The parser directives: comments <c># name=value</c> at the very top. Any other line, and an unknown name, ends them.
/// </summary>
internal sealed partial class Directives
{
    private readonly HashSet<int> _lines = [];
    private readonly HashSet<string> _seen = [];

    internal char Escape { get; private set; } = '\\';

    internal DockerfileCheckOptions Check { get; private set; } = DockerfileCheckOptions.Default;

    internal bool IsDirective(int lineIndex) => _lines.Contains(lineIndex);

    internal static Directives Read(IReadOnlyList<string> source, string file, List<DockerfileError> errors)
    {
        var directives = new Directives();
        // Like BuildKit: behind a #! line the front end still finds syntax and check, but the parser is past its directives.
        bool hasShebang = source.Count > 0 && source[0].StartsWith("#!", StringComparison.Ordinal);
        foreach ((int index, string name, string value) in Enumerate(source, hasShebang ? 1 : 0, "#"))
        {
            if (!hasShebang)
            {
                directives._lines.Add(index);
            }

            try
            {
                directives.Apply(name, value, hasShebang);
            }
            catch (SyntaxException fault)
            {
                errors.Add(new DockerfileError(new SourceLocation(file, index + 1, 1), fault.Message));
            }
        }

        return directives;
    }

    /// <summary>The first word of <c># syntax=</c>, <c>// syntax=</c> or a JSON file's <c>"syntax"</c>; null when there is none.</summary>
    internal static string? DetectSyntax(IReadOnlyList<string> source)
    {
        int start = source.Count > 0 && source[0].StartsWith("#!", StringComparison.Ordinal) ? 1 : 0;
        foreach (string prefix in (string[])["#", "//"])
        {
            foreach ((_, string name, string value) in Enumerate(source, start, prefix))
            {
                if (name == "syntax")
                {
                    return value.Split(' ')[0];
                }
            }
        }

        return source.Skip(start).FirstOrDefault(line => line.Trim().Length > 0)?.TrimStart().StartsWith('{') == true
            ? JsonSyntax(string.Join('\n', source.Skip(start)))
            : null;
    }

    private static string? JsonSyntax(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.TryGetProperty("syntax", out JsonElement syntax) && syntax.ValueKind == JsonValueKind.String
                ? syntax.GetString()
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON at all, or text that is no valid Unicode: then it does not name a front end.
            return null;
        }
    }

    private static IEnumerable<(int Index, string Name, string Value)> Enumerate(IReadOnlyList<string> source, int start, string prefix)
    {
        for (int i = start; i < source.Count; i++)
        {
            string line = source[i].Trim();
            Match match = line.StartsWith(prefix, StringComparison.Ordinal)
                ? NameAndValue().Match(line[prefix.Length..].TrimStart())
                : Match.Empty;
            string name = match.Groups[1].Value.ToLowerInvariant();
            if (name is not ("syntax" or "escape" or "check"))
            {
                yield break;
            }

            yield return (i, name, match.Groups[2].Value);
        }
    }

    private void Apply(string name, string value, bool hasShebang)
    {
        if (!_seen.Add(name))
        {
            throw new SyntaxException($"only one {name} parser directive can be used");
        }

        if (name == "check")
        {
            Check = ParseCheck(value.Split(' ')[0]);
        }
        else if (name == "escape" && !hasShebang)
        {
            Escape = value is "\\" or "`"
                ? value[0]
                : throw new SyntaxException($"invalid escape character \"{value}\": it must be ` or \\");
        }
    }

    /// <summary>Reads <c>skip=A,B;experimental=all;error=true</c>.</summary>
    internal static DockerfileCheckOptions ParseCheck(string text)
    {
        var options = new DockerfileCheckOptions();
        foreach (string part in text.Split(';', 3))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string key = (equals < 0 ? part : part[..equals]).Trim();
            string value = equals < 0 ? "" : part[(equals + 1)..].Trim();
            string[] rules = value == "all" ? [] : value.Split(',', StringSplitOptions.TrimEntries);
            options = key switch
            {
                "skip" when equals > 0 => options with { SkipAll = value == "all", Skip = rules },
                "experimental" when equals > 0 => options with { ExperimentalAll = value == "all", Experimental = rules },
                "error" when equals > 0 => options with
                {
                    ErrorOnWarning = FlagValues.Boolean(value)
                        ?? throw new SyntaxException($"error of the check directive is \"{value}\", not true or false"),
                },
                _ => throw new SyntaxException($"invalid check option \"{part}\"{Suggestion.For(key, ["skip", "experimental", "error"])}"),
            };
        }

        return options;
    }

    /// <summary>The options of a comment line <c>check=…</c> above an instruction; null when it is none or not valid.</summary>
    internal static DockerfileCheckOptions? CheckOf(string comment)
    {
        Match match = NameAndValue().Match(comment);
        if (!match.Success || !match.Groups[1].Value.Equals("check", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            return ParseCheck(match.Groups[2].Value.Split(' ')[0]);
        }
        catch (SyntaxException)
        {
            // An ordinary comment may look like this; BuildKit ignores it too.
            return null;
        }
    }

    [GeneratedRegex(@"^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex NameAndValue();
}
