namespace ZLayer.Core.Dockerfiles;

/// <summary>Finds what a mistyped word was meant to be: the nearest option by edit distance, if it is near enough.</summary>
internal static class Suggestion
{
    // Three or more edits make another word, not a typing error.
    private const int MaximumDistance = 2;

    /// <summary>The option nearest to <paramref name="value"/>; null when none is near, or when one is the same.</summary>
    internal static string? Nearest(string value, IEnumerable<string> options, StringComparison comparison = StringComparison.Ordinal)
    {
        string? nearest = null;
        int best = MaximumDistance + 1;
        foreach (string option in options)
        {
            if (string.Equals(option, value, comparison))
            {
                return null;
            }

            int distance = Distance(value, option, comparison);
            if (distance < best && distance < option.Length)
            {
                best = distance;
                nearest = option;
            }
        }

        return nearest;
    }

    /// <summary>The sentence end <c> (did you mean X?)</c>; empty when there is nothing to suggest.</summary>
    internal static string For(string value, IEnumerable<string> options, StringComparison comparison = StringComparison.Ordinal, string prefix = "")
        => Nearest(value, options, comparison) is { } nearest ? $" (did you mean {prefix}{nearest}?)" : "";

    // Levenshtein's distance, one row at a time.
    private static int Distance(string left, string right, StringComparison comparison)
    {
        if (Math.Abs(left.Length - right.Length) > MaximumDistance)
        {
            return MaximumDistance + 1;
        }

        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = diagonal + (left.AsSpan(i - 1, 1).Equals(right.AsSpan(j - 1, 1), comparison) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
