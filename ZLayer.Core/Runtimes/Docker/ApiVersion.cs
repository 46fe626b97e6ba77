using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>A version of the Docker Engine API: <c>1.41</c>.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
internal readonly record struct ApiVersion(int Major, int Minor) : IComparable<ApiVersion>
{
    /// <summary>The newest version that ZLayer speaks.</summary>
    public static ApiVersion Newest { get; } = new(1, 51);

    /// <summary>The oldest version that ZLayer speaks, that of Docker 1.12. Single options may need a newer one.</summary>
    public static ApiVersion Oldest { get; } = new(1, 24);

    /// <summary>Reads <c>1.41</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ApiVersion version)
    {
        version = default;
        var parts = text?.Split('.');
        if (parts is not [var major, var minor] || !TryNumber(major, out var first) || !TryNumber(minor, out var second))
        {
            return false;
        }

        version = new ApiVersion(first, second);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ApiVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <summary>Whether the left version is older.</summary>
    public static bool operator <(ApiVersion left, ApiVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left version is newer.</summary>
    public static bool operator >(ApiVersion left, ApiVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left version is not newer.</summary>
    public static bool operator <=(ApiVersion left, ApiVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left version is not older.</summary>
    public static bool operator >=(ApiVersion left, ApiVersion right) => left.CompareTo(right) >= 0;

    /// <summary><c>1.41</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private static bool TryNumber(string text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
