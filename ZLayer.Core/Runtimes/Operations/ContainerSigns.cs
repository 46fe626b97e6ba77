using System.Text.RegularExpressions;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>What shows from outside that a container can be used. All of it is waited for.</summary>
public sealed record ContainerSigns
{
    /// <summary>TCP ports of the container that are published and accept connections at the host.</summary>
    public IReadOnlyList<ushort> Ports { get; init => field = value.ToArray(); } = [];

    /// <summary>A line of its log, of standard output or error, that this matches; null is none.</summary>
    public Regex? LogPattern { get; init; }

    /// <summary>Makes the pattern of a text that a user wrote.</summary>
    /// <param name="text">A regular expression; it ignores case, unless it begins with <c>(?-i)</c>.</param>
    /// <exception cref="Errors.ZLayerException">InvalidArgument: it is not a regular expression.</exception>
    public static Regex ParsePattern(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException e)
        {
            throw new Errors.ZLayerException(
                Errors.ZLayerErrorKind.InvalidArgument, $"'{text}' is not a valid regular expression: {e.Message}", e)
            {
                Subject = text,
            };
        }
    }
}
