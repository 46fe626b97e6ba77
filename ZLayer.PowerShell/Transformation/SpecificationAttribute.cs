using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes a <see cref="ContainerSpecification"/>, and hashtables and property bags with its names or those of the cmdlet's parameters:
/// <c>@{ Image = 'nginx'; Port = '8080:80'; Memory = '512m' }</c>. A name that is neither is refused.
/// </summary>
public sealed class SpecificationAttribute : ValueTransformationAttribute<ContainerSpecification>
{
    private static readonly Dictionary<string, string> ParameterNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AddCapability"] = "AddCapabilities",
        ["AddGroup"] = "ExtraGroups",
        ["AddHost"] = "ExtraHosts",
        ["Annotation"] = "Annotations",
        ["CpuCount"] = "Limits.CpuCount",
        ["CpuSet"] = "Limits.CpusetCpus",
        ["CpuShare"] = "Limits.CpuShares",
        ["Device"] = "Devices",
        ["DropCapability"] = "DropCapabilities",
        ["Expose"] = "ExposedPorts",
        ["Label"] = "Labels",
        ["LogDriver"] = "Logs.Driver",
        ["LogOption"] = "Logs.Options",
        ["Memory"] = "Limits.Memory",
        ["MemoryReservation"] = "Limits.MemoryReservation",
        ["MemorySwap"] = "Limits.MemorySwap",
        ["Mount"] = "Mounts",
        ["NetworkAlias"] = "NetworkAliases",
        ["PidLimit"] = "Limits.Pids",
        ["Port"] = "Ports",
        ["PublishAll"] = "PublishAllPorts",
        ["ReadOnly"] = "ReadOnlyRootFileSystem",
        ["SecurityOption"] = "SecurityOptions",
        ["StopTimeoutSeconds"] = "StopGracePeriod",
        ["Sysctl"] = "Sysctls",
        ["Ulimit"] = "Ulimits",
        ["VolumeFrom"] = "VolumesFrom",
    };

    private protected override ContainerSpecification Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => RecordReader.CanRead(input)
            ? RecordReader.Read<ContainerSpecification>(input, "container specification", engine, ParameterNames)
            : throw Refuse(input, "a hashtable such as @{ Image = 'nginx'; Port = '8080:80' }");
}
