using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>Limits on single block devices. They are fixed when a container is made.</summary>
internal sealed class DeviceLimitOptions : OptionGroup
{
    private readonly Option<string[]> _weights
        = OptionOf.List("--blkio-weight-device", "DEVICE:WEIGHT", "The weight of its block I/O on a device, 10 to 1000");
    private readonly Option<string[]> _readBytes
        = OptionOf.List("--device-read-bps", "DEVICE:SIZE", "Bytes that it may read from a device in a second, such as /dev/sda:10mb");
    private readonly Option<string[]> _writeBytes
        = OptionOf.List("--device-write-bps", "DEVICE:SIZE", "Bytes that it may write to a device in a second");
    private readonly Option<string[]> _readOperations
        = OptionOf.List("--device-read-iops", "DEVICE:NUMBER", "How often it may read from a device in a second");
    private readonly Option<string[]> _writeOperations
        = OptionOf.List("--device-write-iops", "DEVICE:NUMBER", "How often it may write to a device in a second");

    public override IEnumerable<Option> All => [_weights, _readBytes, _writeBytes, _readOperations, _writeOperations];

    public ContainerSpecification Apply(ParseResult parsed, ContainerSpecification specification) => specification with
    {
        Limits = specification.Limits with
        {
            DeviceWeights = parsed.ReadAll(_weights, DeviceWeight.Parse),
            DeviceReadBytes = parsed.ReadAll(_readBytes, DeviceRate.ParseBytes),
            DeviceWriteBytes = parsed.ReadAll(_writeBytes, DeviceRate.ParseBytes),
            DeviceReadOperations = parsed.ReadAll(_readOperations, DeviceRate.ParseOperations),
            DeviceWriteOperations = parsed.ReadAll(_writeOperations, DeviceRate.ParseOperations),
        },
    };
}
