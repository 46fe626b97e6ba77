namespace ZLayer.Core.Foundation.Text;

/// <summary>Finds what a mistyped word was meant to be: the nearest option by edit distance, if it is near enough.</summary>
public static class Suggestion
{
    // Three or more edits make another word, not a typing error.
    private const int MaximumDistance = 2;

    // Nobody mistypes a word of that length, and nobody reads a guess among more words.
    private const int MaximumLength = 100;
    private const int MaximumOptions = 1000;

    /// <summary>The option nearest to <paramref name="value"/>; null when none is near, or when one is the same.</summary>
    /// <param name="value">What was written.</param>
    /// <param name="options">What there is.</param>
    /// <param name="comparison">Whether case makes a difference.</param>
    /// <param name="maximum">How many edits are near enough.</param>
    public static string? Nearest(
        string value, IEnumerable<string> options, StringComparison comparison = StringComparison.Ordinal, int maximum = MaximumDistance)
    {
        string? nearest = null;
        int best = maximum + 1;
        foreach (string option in value.Length <= MaximumLength ? options.Take(MaximumOptions) : [])
        {
            if (string.Equals(option, value, comparison))
            {
                return null;
            }

            int distance = Distance(value, option, comparison, maximum);
            if (distance < best && distance < option.Length)
            {
                best = distance;
                nearest = option;
            }
        }

        return nearest;
    }

    /// <summary>The options that are near but not the same, the nearest first.</summary>
    /// <param name="value">What was written.</param>
    /// <param name="options">What there is.</param>
    /// <param name="maximum">How many edits are near enough.</param>
    internal static IEnumerable<string> Near(string value, IEnumerable<string> options, int maximum)
        => options.Select(option => (Option: option, Distance: Distance(value, option, StringComparison.Ordinal, maximum)))
            .Where(near => near.Distance > 0 && near.Distance <= maximum)
            .OrderBy(near => near.Distance).ThenBy(near => near.Option, StringComparer.Ordinal)
            .Select(near => near.Option);

    /// <summary>The sentence end <c> (did you mean X?)</c>; empty when there is nothing to suggest.</summary>
    /// <param name="value">What was written.</param>
    /// <param name="options">What there is.</param>
    /// <param name="comparison">Whether case makes a difference.</param>
    /// <param name="prefix">What stands before an option where it is written, such as <c>--</c>.</param>
    internal static string For(
        string value, IEnumerable<string> options, StringComparison comparison = StringComparison.Ordinal, string prefix = "")
        => Nearest(value, options, comparison) is { } nearest ? $" (did you mean {prefix}{nearest}?)" : "";

    // Levenshtein's distance, in which two swapped neighbours are one edit: RNU is nearer to RUN than to ENV.
    private static int Distance(string left, string right, StringComparison comparison, int maximum)
    {
        if (Math.Abs(left.Length - right.Length) > maximum)
        {
            return maximum + 1;
        }

        var distances = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                distances[i, j] = Math.Max(i, j);
                if (i == 0 || j == 0)
                {
                    continue;
                }

                int change = distances[i - 1, j - 1] + (Same(i - 1, j - 1) ? 0 : 1);
                int best = Math.Min(change, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
                bool isSwap = i > 1 && j > 1 && Same(i - 1, j - 2) && Same(i - 2, j - 1);
                distances[i, j] = isSwap ? Math.Min(best, distances[i - 2, j - 2] + 1) : best;
            }
        }

        return distances[left.Length, right.Length];

        bool Same(int i, int j) => left.AsSpan(i, 1).Equals(right.AsSpan(j, 1), comparison);
    }
}
