using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>'no'</c>, <c>'always'</c>, <c>'unless-stopped'</c>, <c>'on-failure[:count]'</c>, the same without dash, and <c>@{ Condition =
/// 'OnFailure'; MaximumRetryCount = 3 }</c>.
/// </summary>
public sealed class RestartPolicyAttribute : ValueTransformationAttribute<RestartPolicy>
{
    private protected override RestartPolicy Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => Enum.TryParse<RestartCondition>(text, ignoreCase: true, out var condition) && !int.TryParse(text, out _)
            ? new RestartPolicy { Condition = condition }
            : RestartPolicy.Parse(text),
        RestartCondition condition => new RestartPolicy { Condition = condition },
        _ when RecordReader.CanRead(input) => RecordReader.Read<RestartPolicy>(input, "restart policy", engine),
        _ => throw Refuse(input, "a restart policy such as 'always' or 'on-failure:3'"),
    };
}
