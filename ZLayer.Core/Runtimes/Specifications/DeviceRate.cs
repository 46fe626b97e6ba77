using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>How much of a block device may be used in a second.</summary>
public sealed record DeviceRate
{
    /// <summary>The device on the host: <c>/dev/sda</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes or operations in a second; 0 for no limit.</summary>
    public required long Rate { get; init; }

    /// <summary>Parses <c>/dev/sda:10mb</c>: bytes in a second, with or without a unit.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: no device, or no number of bytes.</exception>
    public static DeviceRate ParseBytes(string text)
    {
        const string What = "rate of a device in bytes";
        const string Advice = "Write /dev/device:bytes with a unit or none, such as '/dev/sda:10mb'.";
        var (path, rate) = Notation.DeviceValue(What, text, Advice);
        return ByteSize.TryParse(rate, out var bytes)
            ? new DeviceRate { Path = path, Rate = bytes }
            : throw Notation.Invalid(What, text, $"'{rate}' is not a number of bytes", Advice);
    }

    /// <summary>Parses <c>/dev/sda:1000</c>: operations in a second.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: no device, or no whole number.</exception>
    public static DeviceRate ParseOperations(string text)
    {
        const string What = "rate of a device in operations";
        const string Advice = "Write /dev/device:number, such as '/dev/sda:1000'.";
        var (path, rate) = Notation.DeviceValue(What, text, Advice);
        return long.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out var operations)
            ? new DeviceRate { Path = path, Rate = operations }
            : throw Notation.Invalid(What, text, $"'{rate}' is not a whole number", Advice);
    }

    /// <summary><c>/dev/sda:1000</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path}:{Rate}");
}
