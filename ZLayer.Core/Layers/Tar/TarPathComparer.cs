namespace ZLayer.Core.Layers;

/// <summary>
/// Orders paths so that a directory stands before its content and siblings stand in ordinal order: '/' sorts before everything.
/// </summary>
internal sealed class TarPathComparer : IComparer<string>
{
    public static TarPathComparer Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = x.AsSpan();
        var right = y.AsSpan();
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[common], right[common]);
        return a == '/' ? -1 : b == '/' ? 1 : a.CompareTo(b);
    }
}
