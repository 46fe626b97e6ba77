using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Names with values as the parameters of the cmdlets take them: a hashtable whose names are case-sensitive. It is a type of its own so
/// that PowerShell makes it of 'NAME=value' texts also where the transformations of the cmdlets are missing: in mocks.
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "Scripts take it for the Hashtable that they gave.")]
public sealed class NameValueTable : Hashtable
{
    /// <summary>Makes a table.</summary>
    /// <param name="values">A hashtable, 'NAME=value' texts, or a list of both. A name without value has none.</param>
    /// <exception cref="System.Management.Automation.ArgumentTransformationMetadataException">It is neither.</exception>
    public NameValueTable(object values)
        : base(StringComparer.Ordinal)
    {
        foreach (DictionaryEntry entry in NameValueAttribute.Read(values))
        {
            this[entry.Key] = entry.Value;
        }
    }

    /// <inheritdoc/>
    public override object Clone() => new NameValueTable(this);
}
