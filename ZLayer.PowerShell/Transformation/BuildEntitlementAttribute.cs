using System.Management.Automation;
using ZLayer.Core.Builds;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>security.insecure</c>, <c>network.host</c>, <c>device</c> and <c>device=NAME</c>.</summary>
public sealed class BuildEntitlementAttribute : ValueTransformationAttribute<BuildEntitlement>
{
    private protected override IEnumerable<string> Split(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    private protected override BuildEntitlement Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => input is string text
            ? BuildEntitlement.Parse(text)
            : throw Refuse(input, "'security.insecure', 'network.host', 'device' or 'device=NAME'");
}
