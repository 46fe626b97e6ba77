using System.Management.Automation;

namespace ZLayer.Loader;

/// <summary>
/// The converter that ZLayer.Types.ps1xml names. PowerShell wants it before it loads the module's other assemblies, so it is here; the one
/// that knows how to convert is theirs.
/// </summary>
public sealed class ValueConverter : PSTypeConverter
{
    private const string Converter = "ZLayer.PowerShell.Transformation.TransformingConverter";

    private static readonly Lazy<PSTypeConverter> Own
        = new(() => (PSTypeConverter)Activator.CreateInstance(ModuleLoader.LoadModule().GetType(Converter, throwOnError: true)!)!);

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => Own.Value.CanConvertFrom(sourceValue, destinationType);

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
        => Own.Value.ConvertFrom(sourceValue, destinationType, formatProvider, ignoreCase);

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
        => throw new PSInvalidCastException();
}
