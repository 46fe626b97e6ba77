using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes numbers of bytes and texts with a unit: <c>512MB</c>, <c>'512m'</c>, <c>'1GiB'</c>; units are powers of 1024, as PowerShell has
/// them.
/// </summary>
public sealed class ByteSizeAttribute : ValueTransformationAttribute<long>
{
    /// <summary>Whether -1 and <c>'unlimited'</c> are taken too, as -1.</summary>
    public bool AllowUnlimited { get; set; }

    private protected override long Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        _ when AllowUnlimited && $"{input}" is "-1" or "unlimited" => -1,
        string text => ByteSize.Parse(text),
        int or uint or short or ushort or byte or double or float or decimal or ulong => Checked(
            LanguagePrimitives.ConvertTo<decimal>(input), $"{input}"),
        _ => throw Refuse(input, "a size such as 512MB or '10GiB'"),
    };

    private static long Checked(decimal value, string text)
        => value is >= 0 and <= long.MaxValue ? (long)value : throw Invalid(text);

    private static ZLayerException Invalid(string text)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a size.")
        {
            Advice = "Write bytes or a number with a unit, such as 512MB or '10GiB'.",
        };
}
