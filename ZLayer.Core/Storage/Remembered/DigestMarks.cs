using System.Globalization;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// A set of digests, of which it holds the first 64 bits. Two digests that begin alike count as one: for marking what stays that is safe,
/// as at worst something stays that could go. It must not say what was already walked through.
/// </summary>
internal sealed class DigestMarks
{
    private const int KeyDigits = 16;

    private readonly HashSet<ulong> _keys;

    /// <summary>An empty set.</summary>
    /// <param name="capacity">How many are expected.</param>
    public DigestMarks(int capacity = 0) => _keys = new HashSet<ulong>(capacity);

    /// <summary>How many there are.</summary>
    public int Count => _keys.Count;

    /// <summary>The first 64 bits of each, in no order.</summary>
    public IEnumerable<ulong> Keys => _keys;

    /// <summary>The first 64 bits of a digest.</summary>
    public static ulong KeyOf(Digest digest)
        => digest.IsEmpty ? 0
            : Parse(digest.ToString().AsSpan("sha256:".Length, KeyDigits));

    /// <summary>The first 64 bits of what may be a digest's hexadecimal part; false when it is none.</summary>
    public static bool TryKeyOf(ReadOnlySpan<char> hex, out ulong key)
    {
        key = 0;
        return hex.Length is 64 or 128
            && ulong.TryParse(hex[..KeyDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }

    /// <summary>The first and the last key of digests whose hexadecimal part begins with some digits.</summary>
    public static (ulong First, ulong Last) RangeOf(string digits)
    {
        var first = digits.Length < KeyDigits ? digits : digits[..KeyDigits];
        return (Parse(first.PadRight(KeyDigits, '0')), Parse(first.PadRight(KeyDigits, 'f')));
    }

    public bool Add(ulong key) => _keys.Add(key);

    public bool Add(Digest digest) => _keys.Add(KeyOf(digest));

    public bool Contains(ulong key) => _keys.Contains(key);

    public bool Contains(Digest digest) => _keys.Contains(KeyOf(digest));

    private static ulong Parse(ReadOnlySpan<char> digits)
        => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
