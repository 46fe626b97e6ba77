using System.Management.Automation;
using System.Reflection;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// A property of an object of the pipeline: what <see cref="OutputValue"/> makes of the record's property when it is asked for. Most are
/// not: of ten thousand images a table shows five columns.
/// </summary>
internal sealed class OutputProperty : PSNoteProperty
{
    private readonly PropertyInfo _property;
    private readonly Func<object?, object?> _show;
    private object? _source;
    private object? _value;
    private bool _isTaken;

    /// <summary>Makes a property.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">The record.</param>
    /// <param name="property">The record's property.</param>
    /// <param name="show">What is shown for its value.</param>
    public OutputProperty(string name, object source, PropertyInfo property, Func<object?, object?> show)
        : base(name, null)
    {
        _property = property;
        _show = show;
        _source = source;
    }

    /// <inheritdoc/>
    public override object? Value
    {
        get
        {
            // The value before the mark that it is there: objects go from thread to thread.
            if (Volatile.Read(ref _source) is { } source)
            {
                _value = _show(_property.GetValue(source));
                Volatile.Write(ref _source, null);
            }

            return _value;
        }

        set
        {
            _value = value;
            Volatile.Write(ref _source, null);
        }
    }

    /// <inheritdoc/>
    public override string TypeNameOfValue => Value switch
    {
        null => typeof(object).FullName!,
        PSObject { TypeNames: [var name, ..] } => name,
        var value => value.GetType().FullName!,
    };

    // An object takes a copy of each property that is added to it. The first is the one itself: it was made for that object.
    /// <inheritdoc/>
    public override PSMemberInfo Copy()
    {
        if (_isTaken)
        {
            return (PSMemberInfo)MemberwiseClone();
        }

        _isTaken = true;
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => new PSNoteProperty(Name, Value).ToString();
}
