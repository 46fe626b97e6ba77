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
internal sealed record GlobClass(bool Negated, IReadOnlyList<(Rune Low, Rune High)> Ranges)
{
    internal bool Contains(Rune character) => Ranges.Any(range => range.Low <= character && character <= range.High) != Negated;
}
