using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes a hashtable, <c>'key=value'</c> texts, or a list of both, and makes one hashtable. A key without value has an empty one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LabelAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (new NameValueAttribute().Transform(engineIntrinsics, inputData) is not NameValueTable table)
        {
            return inputData;
        }

        foreach (var key in table.Keys.Cast<object>().Where(key => table[key] is null).ToList())
        {
            table[key] = "";
        }

        return table;
    }
}
