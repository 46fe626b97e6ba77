using System.Globalization;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes DateTimeOffset, DateTime, their ISO 8601 texts, and durations before now: a TimeSpan, seconds, <c>'10m'</c>.</summary>
public sealed class PointInTimeAttribute : ValueTransformationAttribute<DateTimeOffset>
{
    private const string Expected = "a time such as '2026-01-31T12:00:00Z', a DateTime, or a duration before now such as '10m'";

    private protected override DateTimeOffset Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        DateTime time => new DateTimeOffset(time),
        TimeSpan ago => Before(ago, input),
        int or long or short or byte or double or float or decimal => Before(Seconds(LanguagePrimitives.ConvertTo<double>(input)), input),
        string text => Duration.TryParse(text, out var ago) ? Before(ago, text)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a point in time.")
            {
                Advice = $"Write {Expected}.",
            },
        _ => throw Refuse(input, Expected),
    };

    // What is longer than any time becomes the longest one, and is refused as such.
    private static TimeSpan Seconds(double seconds)
        => double.IsNaN(seconds) || Math.Abs(seconds) >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);

    private static DateTimeOffset Before(TimeSpan ago, object input)
    {
        var now = DateTimeOffset.UtcNow;
        return ago <= now - DateTimeOffset.MinValue && ago >= now - DateTimeOffset.MaxValue ? now - ago : throw Refuse(input, Expected);
    }
}
