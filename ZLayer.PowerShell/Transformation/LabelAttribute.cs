using System.Collections;
using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes a hashtable, <c>'key=value'</c> texts, or a list of both, and makes one hashtable. A key without value has an empty one.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LabelAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (new NameValueAttribute().Transform(engineIntrinsics, inputData) is not IDictionary table)
        {
            return inputData;
        }

        var result = new Hashtable(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table)
        {
            result[entry.Key] = entry.Value ?? "";
        }

        return result;
    }
}
