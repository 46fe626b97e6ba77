namespace ZLayer.Cli.Arguments;

/// <summary>Options of the form NAME=VALUE, and comma separated lists of them.</summary>
internal static class KeyValues
{
    /// <summary>Splits each text at its first equals sign; a later name replaces an earlier one.</summary>
    public static Dictionary<string, string> Parse(string option, IEnumerable<string> texts)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new UsageException($"{option} {text}: expected NAME=VALUE.");
            }

            result[text[..equals]] = text[(equals + 1)..];
        }

        return result;
    }

    /// <summary>As <see cref="Parse"/>; a bare NAME takes its value from the environment, and is left out where that has none.</summary>
    public static Dictionary<string, string> ParseWithEnvironment(
        string option, IEnumerable<string> texts, IReadOnlyDictionary<string, string> environment)
        => Parse(
            option, texts.Select(text => text.Contains('=', StringComparison.Ordinal) ? text
                : environment.TryGetValue(text, out var value) ? $"{text}={value}"
                : "")
                .Where(text => text.Length > 0));

    /// <summary>Sets each name; one that is there is replaced.</summary>
    public static void SetAll(this Dictionary<string, string> values, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        foreach (var (name, value) in pairs)
        {
            values[name] = value;
        }
    }

    /// <summary>The fields of one comma separated value; a field may be quoted as in CSV.</summary>
    public static List<string> SplitList(string text)
    {
        var fields = new List<string>();
        var field = new System.Text.StringBuilder();
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
