using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Converts what users write by the transformations of parameters wherever PowerShell converts: in casts, in variables and parameters with
/// a type, and for the parameters of mocks, which are made of the parameters of a cmdlet without their transformations. ZLayer.Types.ps1xml
/// says for which types, by way of ZLayer.Loader.
/// </summary>
public sealed class TransformingConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(object? sourceValue, Type destinationType)
        => sourceValue is not null && Transformations.Of(destinationType) is not null;

    /// <inheritdoc/>
    public override object? ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        try
        {
            var made = Transformations.Of(destinationType)!.Transform(Engine(), sourceValue);
            return made is Array { Length: var count } and not { Length: 1 }
                ? throw new PSInvalidCastException(
                    $"'{sourceValue}' stands for {count} values of type {destinationType.Name}, and one is expected.")
                : made is Array single ? single.GetValue(0) : made;
        }
        catch (ArgumentTransformationMetadataException exception)
        {
            throw new PSInvalidCastException(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
        => throw new PSInvalidCastException();

    // Converters are not told the session; paths in what users write begin at its location.
    private static EngineIntrinsics Engine()
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return (EngineIntrinsics)shell.AddScript("$ExecutionContext").Invoke()[0].BaseObject;
    }
}
