namespace ZLayer.Core.Storage.Remembered;

/// <summary>What is kept in the order of a key: the beginning of a digest; see <see cref="DigestMarks"/>.</summary>
internal interface IKeyed
{
    /// <summary>The key.</summary>
    ulong Key { get; }
}

/// <summary>Finds those of a key, or of many, among what is in the order of its keys.</summary>
internal static class SortedByKey
{
    /// <summary>All that have a key.</summary>
    public static ReadOnlySpan<T> Of<T>(ReadOnlySpan<T> sorted, ulong key)
        where T : struct, IKeyed
    {
        var start = FirstFrom(sorted, key);
        var end = start;
        while (end < sorted.Length && sorted[end].Key == key)
        {
            end++;
        }

        return sorted[start..end];
    }

    /// <summary>All whose keys begin with some bits.</summary>
    /// <param name="sorted">Where to look.</param>
    /// <param name="first">The first key that begins so.</param>
    /// <param name="last">The last one.</param>
    public static ReadOnlySpan<T> Between<T>(ReadOnlySpan<T> sorted, ulong first, ulong last)
        where T : struct, IKeyed
        => sorted[FirstFrom(sorted, first)..(last == ulong.MaxValue ? sorted.Length : FirstFrom(sorted, last + 1))];

    /// <summary>The place of the first whose key is not below another.</summary>
    public static int FirstFrom<T>(ReadOnlySpan<T> sorted, ulong key)
        where T : struct, IKeyed
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle].Key < key ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
