using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>What one step of a compiled path pattern accepts.</summary>
internal enum GlobTokenKind
{
    /// <summary>One given character.</summary>
    Literal,
    /// <summary><c>?</c>: one character that is no separator.</summary>
    Any,
    /// <summary><c>[…]</c>: one character of a class, never a separator.</summary>
    Class,
    /// <summary><c>*</c>: any characters that are no separators.</summary>
    Star,
    /// <summary><c>**</c> at the end, or before a literal tail: any characters.</summary>
    All,
    /// <summary><c>**/</c>: nothing, or what <see cref="InDirectories"/> accepts, which always follows.</summary>
    Directories,
    /// <summary>Whole directories: any characters up to and with a separator.</summary>
    InDirectories,
}

/// <summary>One step of a compiled path pattern.</summary>
internal readonly record struct GlobToken(GlobTokenKind Kind, Rune Character = default, GlobClass? Class = null);

/// <summary>A character class: ranges, or everything but them.</summary>
internal sealed class GlobClass
{
    private readonly bool _negated;

    // In order and apart from each other, so that a class of any length is looked up in few steps.
    private readonly List<(Rune Low, Rune High)> _ranges = [];

    internal GlobClass(bool negated, IEnumerable<(Rune Low, Rune High)> ranges)
    {
        _negated = negated;
        foreach ((Rune Low, Rune High) range in ranges.Where(range => range.Low <= range.High).OrderBy(range => range.Low))
        {
            if (_ranges.Count > 0 && range.Low <= _ranges[^1].High)
            {
                _ranges[^1] = (_ranges[^1].Low, range.High > _ranges[^1].High ? range.High : _ranges[^1].High);
            }
            else
            {
                _ranges.Add(range);
            }
        }
    }

    internal bool Contains(Rune character)
    {
        int low = 0;
        int high = _ranges.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (character < _ranges[middle].Low)
            {
                high = middle - 1;
            }
            else if (character > _ranges[middle].High)
            {
                low = middle + 1;
            }
            else
            {
                return !_negated;
            }
        }

        return _negated;
    }
}
