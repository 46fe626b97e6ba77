using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>'/dev/host[:/dev/container][:rwm]'</c>, the name of a CDI device, and <c>@{ Source = '/dev/fuse'; Write = $false }</c>.
/// </summary>
public sealed class DeviceAttribute : ValueTransformationAttribute<DeviceMapping>
{
    private protected override DeviceMapping Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => DeviceMapping.Parse(text),
        _ when RecordReader.CanRead(input) => RecordReader.Read<DeviceMapping>(input, "device", engine),
        _ => throw Refuse(input, "a device such as '/dev/fuse' or '/dev/sda:/dev/disk:r'"),
    };
}
