using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>The weight of a container among others that use a block device.</summary>
public sealed record DeviceWeight
{
    /// <summary>The device on the host: <c>/dev/sda</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The relative weight, 10 to 1000; 0 for that of all devices.</summary>
    public required int Weight { get; init; }

    /// <summary>Whether the weight is one that the kernel takes.</summary>
    internal bool IsInRange => Weight is 0 or (>= 10 and <= 1000);

    /// <summary>Parses <c>/dev/sda:500</c>.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: no device, or a weight out of range.</exception>
    public static DeviceWeight Parse(string text)
    {
        const string What = "weight of a device";
        const string Advice = "Write /dev/device:weight with a weight from 10 to 1000, such as '/dev/sda:500'.";
        var (path, weight) = Notation.DeviceValue(What, text, Advice);
        return int.TryParse(weight, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && new DeviceWeight { Path = path, Weight = value } is { IsInRange: true } parsed
            ? parsed
            : throw Notation.Invalid(What, text, $"'{weight}' is not a weight from 10 to 1000", Advice);
    }

    /// <summary><c>/dev/sda:500</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path}:{Weight}");
}
