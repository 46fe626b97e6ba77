using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>'key'</c>, <c>'key=value'</c> and hashtables; a null or empty value of a hashtable asks for the key alone.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LabelFilterAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var input = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        return input is IDictionary table
            ? table.Cast<DictionaryEntry>()
                .Select(entry => entry.Value is null or ""
                    ? $"{entry.Key}"
                    : string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value}"))
                .Order(StringComparer.Ordinal)
                .ToArray()
            : inputData;
    }
}
