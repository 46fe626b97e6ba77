namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The largest of the numbers between two places of a list, in steps that grow with its logarithm: a tree in an array, leaves at the end.
/// </summary>
internal sealed class RangeMaximum
{
    private readonly int[] _tree;
    private readonly int _count;

    internal RangeMaximum(int[] values)
    {
        _count = values.Length;
        _tree = new int[2 * _count];
        values.CopyTo(_tree, _count);
        for (int i = _count - 1; i > 0; i--)
        {
            _tree[i] = Math.Max(_tree[2 * i], _tree[(2 * i) + 1]);
        }
    }

    /// <summary>The largest number from <paramref name="start"/> up to, without, <paramref name="end"/>; -1 when there is none.</summary>
    internal int Max(int start, int end)
    {
        int maximum = -1;
        for (int low = start + _count, high = end + _count; low < high; low /= 2, high /= 2)
        {
            if (low % 2 == 1)
            {
                maximum = Math.Max(maximum, _tree[low++]);
            }

            if (high % 2 == 1)
            {
                maximum = Math.Max(maximum, _tree[--high]);
            }
        }

        return maximum;
    }
}
