using System.Globalization;
using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes DateTimeOffset, DateTime, their ISO 8601 texts, and durations before now: a TimeSpan, seconds, <c>'10m'</c>.</summary>
public sealed class PointInTimeAttribute : ValueTransformationAttribute<DateTimeOffset>
{
    private const string Expected = "a time such as '2026-01-31T12:00:00Z', a DateTime, or a duration before now such as '10m'";

    private protected override DateTimeOffset Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        DateTime time => new DateTimeOffset(time),
        TimeSpan ago => DateTimeOffset.UtcNow - ago,
        int or long or short or byte or double or float or decimal => DateTimeOffset.UtcNow - TimeSpan.FromSeconds(LanguagePrimitives.ConvertTo<double>(input)),
        string text => Duration.TryParse(text, out var ago) ? DateTimeOffset.UtcNow - ago
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a point in time.") { Advice = $"Write {Expected}." },
        _ => throw Refuse(input, Expected),
    };
}
