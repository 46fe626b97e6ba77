using System.Collections;
using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>'name:address'</c> and <c>@{ name = 'address' }</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HostEntryAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var input = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        return input is IDictionary table
            ? table.Cast<DictionaryEntry>().Select(entry => $"{entry.Key}:{entry.Value}").Order(StringComparer.Ordinal).ToArray()
            : inputData;
    }
}
