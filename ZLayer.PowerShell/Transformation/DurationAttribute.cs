using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes TimeSpan, seconds, <c>'1.00:00:00'</c>, and numbers with units: <c>'30s'</c>, <c>'1h30m'</c>, <c>'7d'</c>, <c>'2w'</c>.
/// </summary>
public sealed class DurationAttribute : ValueTransformationAttribute<TimeSpan>
{
    /// <summary>Whether -1 is taken too, as <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public bool AllowInfinite { get; set; }

    private protected override TimeSpan Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        _ when AllowInfinite && $"{input}" == "-1" => Timeout.InfiniteTimeSpan,
        string text => Duration.Parse(text),
        int or long or short or byte or double or float or decimal => FromSeconds(LanguagePrimitives.ConvertTo<double>(input), $"{input}"),
        _ => throw Refuse(input, "a duration such as '30s', '7d' or a TimeSpan"),
    };

    private static TimeSpan FromSeconds(double seconds, string text)
        => seconds >= 0 && seconds <= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw Invalid(text);

    private static ZLayerException Invalid(string text)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a duration.")
        {
            Advice = "Write seconds, a TimeSpan, or a number with a unit such as '30s', '1h30m' or '7d'.",
        };
}
