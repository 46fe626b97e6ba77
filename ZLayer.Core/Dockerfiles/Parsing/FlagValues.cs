using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The notations of values in flags: booleans, sizes in bytes, durations.</summary>
internal static class FlagValues
{
    /// <summary>A boolean as mounts and devices write it; null when it is none.</summary>
    internal static bool? Boolean(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>A size with a binary unit, such as <c>64m</c> or <c>1.5GiB</c>, in bytes; null when it is none.</summary>
    internal static long? Size(string text) => ByteSize.TryParse(text, out var bytes) ? bytes : null;

    /// <summary>A duration such as <c>1m30s</c> or <c>1.5h</c>, truncated to 100 ns; null when it is none.</summary>
    internal static TimeSpan? Duration(string text) => Foundation.Text.Duration.ParseGo(text);
}
