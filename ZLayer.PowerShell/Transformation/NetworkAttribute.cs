using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes a network's name, <c>'name=front,alias=web'</c>, and <c>@{ Name = 'front'; Aliases = 'web' }</c>.</summary>
public sealed class NetworkAttribute : ValueTransformationAttribute<NetworkSpecification>
{
    private protected override NetworkSpecification Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => NetworkSpecification.Parse(text),
        _ when RecordReader.CanRead(input) => RecordReader.Read<NetworkSpecification>(input, "network", engine),
        _ => throw Refuse(input, "a network such as 'front' or 'name=front,alias=web'"),
    };
}
