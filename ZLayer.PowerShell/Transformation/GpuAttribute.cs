using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>'all'</c>, a number, <c>'device=0,1'</c> and the other texts of <see cref="GpuRequest.Parse"/>, and <c>@{ Count = 2; Vendor =
/// 'nvidia' }</c>.
/// </summary>
public sealed class GpuAttribute : ValueTransformationAttribute<GpuRequest>
{
    private protected override GpuRequest Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => GpuRequest.Parse(text),
        int or long => GpuRequest.Parse($"{input}"),
        // 'device=0,1' without quotes is a list for PowerShell.
        IList list => GpuRequest.Parse(string.Join(',', list.Cast<object?>())),
        _ when RecordReader.CanRead(input) => RecordReader.Read<GpuRequest>(input, "GPU request", engine),
        _ => throw Refuse(input, "GPUs such as 'all', 2 or 'device=0,1'"),
    };

    private protected override bool IsList(object input) => false;
}
