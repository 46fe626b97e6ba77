using System.Globalization;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// A set of digests, of which it holds the first 64 bits. Two digests that begin alike count as one: for marking what stays that is safe, as at
/// worst something stays that could go. It must not say what was already walked through.
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
            : ulong.Parse(digest.ToString().AsSpan("sha256:".Length, KeyDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The first 64 bits of what may be a digest's hexadecimal part; false when it is none.</summary>
    public static bool TryKeyOf(ReadOnlySpan<char> hex, out ulong key)
    {
        key = 0;
        return hex.Length is 64 or 128 && ulong.TryParse(hex[..KeyDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }

    public bool Add(ulong key) => _keys.Add(key);

    public bool Add(Digest digest) => _keys.Add(KeyOf(digest));

    public bool Contains(ulong key) => _keys.Contains(key);

    public bool Contains(Digest digest) => _keys.Contains(KeyOf(digest));
}
