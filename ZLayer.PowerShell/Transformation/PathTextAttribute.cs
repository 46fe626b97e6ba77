using System.Collections;
using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Leaves objects of this module to another parameter: an image or a container that is piped in has a text too, which is no path.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        foreach (var item in inputData is IList list ? list : new[] { inputData })
        {
            if (item is not null && ObjectProperties.Origin(PSObject.AsPSObject(item)) is { } origin && origin.StartsWith("ZLayer.", StringComparison.Ordinal))
            {
                var message = $"An object of type {origin[(origin.LastIndexOf('.') + 1)..]} is no path.";
                throw new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
            }
        }

        return inputData;
    }
}
