using System.ComponentModel;
using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// What stands behind an object of the pipeline: a record of Core, whose type names it has, and whose properties it shows with values that
/// every command can read and write (see <see cref="OutputValue"/>). PowerShell's ConvertTo-Json looks at what an object is made of, not at
/// what type data say of it, so that the record itself cannot be the object; where one is asked for by its type, it is this record.
/// </summary>
public abstract class OutputRecord
{
    private protected OutputRecord(object source) => Source = source;

    // Not public: what is would be a property of the object.
    internal object Source { get; }

    /// <summary>The object of the pipeline that shows a record.</summary>
    /// <param name="source">The record.</param>
    internal static PSObject Of(object source)
    {
        var shape = OutputShape.Of(source.GetType());
        var wrapped = new PSObject(shape.Wrap(source));
        wrapped.TypeNames.Clear();
        foreach (var name in shape.TypeNames)
        {
            wrapped.TypeNames.Add(name);
        }

        shape.AddProperties(source, wrapped.Properties);
        return wrapped;
    }

    /// <summary>The identity of what it shows: the name of a container, the reference of an image.</summary>
    public override string ToString() => Source.ToString() ?? "";

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Source.Equals(obj is OutputRecord other ? other.Source : obj);

    /// <inheritdoc/>
    public override int GetHashCode() => Source.GetHashCode();
}

/// <summary>An <see cref="OutputRecord"/> that tells what it shows: Select-Object keeps the name of this type alone.</summary>
/// <typeparam name="T">The type of the record.</typeparam>
[TypeConverter(typeof(OutputRecordConverter))]
public sealed class OutputRecord<T> : OutputRecord
{
    internal OutputRecord(object source)
        : base(source)
    {
    }
}

/// <summary>Gives the record of Core where a variable, a parameter or a cast asks for it by its type.</summary>
public sealed class OutputRecordConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType)
        => sourceValue is OutputRecord record && destinationType != typeof(object) && destinationType.IsInstanceOfType(record.Source);

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
        => ((OutputRecord)sourceValue).Source;

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
        => throw new PSInvalidCastException();
}
