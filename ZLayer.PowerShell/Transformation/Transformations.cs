using System.Management.Automation;
using ZLayer.Core.Builds;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Commands;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Which transformation makes values of a type, so that a type is read in one way wherever users write it.</summary>
internal static class Transformations
{
    private static readonly Dictionary<Type, Func<ArgumentTransformationAttribute>> ByType = new()
    {
        [typeof(PortMapping)] = () => new PortMappingAttribute(),
        [typeof(MountSpecification)] = () => new MountAttribute(),
        [typeof(NetworkSpecification)] = () => new NetworkAttribute(),
        [typeof(DeviceMapping)] = () => new DeviceAttribute(),
        [typeof(Ulimit)] = () => new UlimitAttribute(),
        [typeof(HealthCheck)] = () => new HealthCheckAttribute(),
        [typeof(GpuRequest)] = () => new GpuAttribute(),
        [typeof(RestartPolicy)] = () => new RestartPolicyAttribute(),
        [typeof(Signal)] = () => new SignalAttribute(),
        [typeof(Platform)] = () => new PlatformAttribute(),
        [typeof(ImageReference)] = () => new ImageReferenceAttribute(),
        [typeof(ContainerSpecification)] = () => new SpecificationAttribute(),
        [typeof(ImagePullPolicy)] = () => new PullPolicyAttribute(),
        [typeof(BuildSecret)] = () => new BuildSecretAttribute(),
        [typeof(BuildSsh)] = () => new BuildSshAttribute(),
        [typeof(ExporterSpecification)] = () => new ExporterAttribute(),
    };

    /// <summary>The types that have one.</summary>
    public static IReadOnlyCollection<Type> Types => ByType.Keys;

    /// <summary>The transformation that makes values of a type, or the items of a list of them; null without one.</summary>
    public static ArgumentTransformationAttribute? Of(Type type)
    {
        var item = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : type;
        return ByType.TryGetValue(item, out var make) ? make() : null;
    }
}
