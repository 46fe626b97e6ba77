namespace ZLayer.Cli.Arguments;

/// <summary><c>--filter KEY=VALUE</c>.</summary>
internal static class Filters
{
    /// <summary>The values of each key that a command knows; none for a key that was not given.</summary>
    public static Dictionary<string, IReadOnlyList<string>> Parse(IEnumerable<string> texts, params string[] keys)
    {
        var values = keys.ToDictionary(key => key, _ => new List<string>(), StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !values.TryGetValue(text[..equals].Trim().ToLowerInvariant(), out var list))
            {
                throw new UsageException($"--filter {text}: expected KEY=VALUE with one of the keys {string.Join(", ", keys)}.");
            }

            list.Add(text[(equals + 1)..]);
        }

        return values.ToDictionary(pair => pair.Key, IReadOnlyList<string> (pair) => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>The value of a key that makes sense once; null when it was not given.</summary>
    public static string? One(string key, IReadOnlyList<string> values)
        => values.Count <= 1 ? values.SingleOrDefault() : throw new UsageException($"--filter {key}: it can be given once.");
}
