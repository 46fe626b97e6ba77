using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Text;

/// <summary>
/// Numbers of bytes as people write them: <c>512</c>, <c>64m</c>, <c>1.5 GiB</c>. Units are powers of 1024, as engines and PowerShell have
/// them.
/// </summary>
public static class ByteSize
{
    private const string Units = "kmgtp";

    private static readonly string[] DecimalUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Parses a number of bytes.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static long Parse(string text)
        => TryParse(text, out var bytes)
            ? bytes
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a size.")
            {
                Subject = text,
                Advice = "Write bytes or a number with a unit, such as 512MB or '10GiB'.",
            };

    /// <summary>Bytes for people, as docker writes them: three digits and a unit of powers of 1000, <c>13.4MB</c>.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="separator">What stands between number and unit.</param>
    public static string InWords(long bytes, string separator = "")
    {
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < DecimalUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        var format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + separator + DecimalUnits[unit];
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.LastIndexOfAnyInRange('0', '9') + 1;
        var unit = trimmed[end..].Trim().ToString().ToLowerInvariant();
        var power = unit is "" or "b" ? 0 : Units.IndexOf(unit[0], StringComparison.Ordinal) + 1;
        var isKnown = unit is "" or "b" || (power > 0 && unit[1..] is "" or "b" or "ib");
        if (!isKnown || !decimal.TryParse(trimmed[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var exact = (double)number * Math.Pow(1024, power);
        bytes = exact < long.MaxValue ? (long)exact : 0;
        return exact < long.MaxValue;
    }
}
