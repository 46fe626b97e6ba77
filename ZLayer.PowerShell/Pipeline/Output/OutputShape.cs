using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>How objects of a type are shown: under which type names, and with which properties. Worked out once for a type.</summary>
internal sealed class OutputShape
{
    private static readonly ConcurrentDictionary<Type, OutputShape> Known = new();

    private readonly (string Name, PropertyInfo Property)[] _properties;
    private readonly PropertyInfo? _others;
    private readonly ConstructorInfo? _wrapper;
    private readonly bool _isDocument;

    private OutputShape(Type type)
    {
        var line = Line(type).ToArray();
        TypeNames = [.. line.Select(ancestor => ancestor.FullName!), typeof(object).FullName!];
        IsText = type.IsValueType
            || (Transformations.Of(type) is not null
                && !type.GetMethod(nameof(ToString), [])!.IsDefined(typeof(CompilerGeneratedAttribute)));
        _wrapper = type.IsValueType ? null
            : typeof(OutputRecord<>).MakeGenericType(type).GetConstructor(BindingFlags.NonPublic | BindingFlags.Instance, [typeof(object)]);
        // What all images have comes before what one kind of them has.
        var all = line.Reverse().SelectMany(owner => owner.GetProperties(
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.GetIndexParameters().Length == 0 && property.PropertyType != typeof(Stream))
            .GroupBy(property => property.Name).Select(declared => declared.Last())
            .ToArray();
        _isDocument = !IsText && type.Namespace == typeof(Descriptor).Namespace;
        _others = all.FirstOrDefault(property => property.IsDefined(typeof(JsonExtensionDataAttribute)));
        _properties = [.. all.Where(property => property != _others && !(_isDocument && IsLeftOut(property)))
            .Select(property => (NameOf(property), property))];
    }

    /// <summary>The names of the type and those it derives from, nearest first: views and type data go by them.</summary>
    public IReadOnlyList<string> TypeNames { get; }

    /// <summary>Whether values of the type are written as one text: what users write so, and small values such as digests.</summary>
    public bool IsText { get; }

    /// <summary>The shape of a type.</summary>
    /// <param name="type">A type of ZLayer, or a plain value.</param>
    public static OutputShape Of(Type type) => Known.GetOrAdd(type, static type => new OutputShape(type));

    /// <summary>What stands behind the object that shows a record of this type.</summary>
    /// <param name="source">The record.</param>
    public OutputRecord Wrap(object source) => (OutputRecord)_wrapper!.Invoke([source]);

    /// <summary>Shows the properties of an object.</summary>
    /// <param name="source">The object.</param>
    /// <param name="target">Where they are added.</param>
    public void AddProperties(object source, PSMemberInfoCollection<PSPropertyInfo> target)
    {
        foreach (var (name, property) in _properties)
        {
            target.Add(new OutputProperty(name, source, property, _isDocument ? OfDocument : OutputValue.Of), preValidated: true);
        }

        // Members that an OCI document has and this version does not know stand where they stood.
        if (_others?.GetValue(source) is IDictionary<string, JsonElement> others)
        {
            foreach (var (name, value) in others.Where(other => target[other.Key] is null))
            {
                target.Add(new PSNoteProperty(name, OutputValue.Of(value)), preValidated: true);
            }
        }
    }

    private static object? OfDocument(object? value) => value is byte[] data ? Convert.ToBase64String(data) : OutputValue.Of(value);

    private static IEnumerable<Type> Line(Type type)
    {
        for (var owner = type; owner is not null && owner != typeof(object) && owner != typeof(ValueType); owner = owner.BaseType)
        {
            yield return owner;
        }
    }

    // Documents of the OCI specifications have its names and its members.
    private string NameOf(PropertyInfo property)
        => !_isDocument ? property.Name
            : property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static bool IsLeftOut(PropertyInfo property)
        => property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always };
}
