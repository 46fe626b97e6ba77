using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Makes records of Core of hashtables and property bags, as scripts in constrained language can write them. Names are those of the
/// record's properties, in any case, and the given synonyms; an unknown name is an error, so that a slip of the pen is not a setting
/// dropped.
/// </summary>
internal static class RecordReader
{
    private static readonly IReadOnlyDictionary<string, string> NoSynonyms = new Dictionary<string, string>();

    /// <summary>Whether a value is written as names with values.</summary>
    public static bool CanRead(object input)
        => input is IDictionary || PSObject.AsPSObject(input).BaseObject is PSCustomObject or OutputRecord;

    /// <summary>Makes a record.</summary>
    /// <param name="input">A hashtable or property bag.</param>
    /// <param name="what">What it is, for errors: <c>mount</c>.</param>
    /// <param name="engine">The session, for paths.</param>
    /// <param name="synonyms">Other names of properties; <c>Limits.Memory</c> is a property of a property.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArgument: an unknown name, a value that does not fit, or a name that is missing.
    /// </exception>
    public static T Read<T>(object input, string what, EngineIntrinsics engine, IReadOnlyDictionary<string, string>? synonyms = null)
        where T : class
        => (T)Read(typeof(T), input, what, engine, synonyms ?? NoSynonyms);

    private static object Read(Type type, object input, string what, EngineIntrinsics engine, IReadOnlyDictionary<string, string> synonyms)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        var record = Activator.CreateInstance(type)!;
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in Entries(input, what, synonyms))
        {
            var property = properties.FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(name, what, properties.Where(property => property.CanWrite).Select(property => property.Name));
            // What a record works out by itself comes along when it was rehydrated; nulls ask for the default.
            if (property.CanWrite && value is not null)
            {
                property.SetValue(record, ConvertValue(property.PropertyType, value, $"{what}'s {property.Name}", engine));
                given.Add(property.Name);
            }
        }

        var missing = properties.FirstOrDefault(
            property => property.IsDefined(typeof(RequiredMemberAttribute)) && !given.Contains(property.Name));
        return missing is null
            ? record
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The {what} has no {missing.Name}.") { Subject = missing.Name };
    }

    // Names with their synonyms resolved; values of Limits.Memory and the like are gathered under Limits.
    private static IEnumerable<(string Name, object? Value)> Entries(
        object input, string what, IReadOnlyDictionary<string, string> synonyms)
    {
        var whole = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var groups = new Dictionary<string, Hashtable>(StringComparer.OrdinalIgnoreCase);
        foreach (var (written, value) in Pairs(input))
        {
            var name = synonyms.GetValueOrDefault(written, written);
            if (name.Split('.') is [var group, var member])
            {
                groups.TryAdd(group, new Hashtable(StringComparer.OrdinalIgnoreCase));
                groups[group][member] = value;
            }
            else
            {
                whole.Add(name);
                yield return (name, value);
            }
        }

        foreach (var (name, group) in groups)
        {
            yield return whole.Contains(name)
                ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The {what} has both {name} and names that belong to it.")
                {
                    Subject = name,
                }
                : (name, group);
        }
    }

    /// <summary>The names with their values, in an order that does not change.</summary>
    public static IEnumerable<(string Name, object? Value)> Pairs(object input)
        => input is IDictionary table
            ? table.Cast<DictionaryEntry>()
                .OrderBy(entry => $"{entry.Key}", StringComparer.Ordinal)
                .Select(entry => ($"{entry.Key}", Unwrap(entry.Value)))
            : PSObject.AsPSObject(input).Properties.Select(property => (property.Name, Unwrap(property.Value)));

    private static object? Unwrap(object? value)
        => value is PSObject { BaseObject: not (PSCustomObject or OutputRecord) } wrapper ? wrapper.BaseObject : value;

    private static object? ConvertValue(Type type, object value, string what, EngineIntrinsics engine)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        try
        {
            return Text(type, value)
                ?? Structure(type, value, what, engine)
                ?? LanguagePrimitives.ConvertTo(value, type, CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException exception)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{value}' does not fit the {what}: {exception.Message}", exception)
            {
                Subject = $"{value}",
            };
        }
    }

    private static object? Text(Type type, object value) => (type, value) switch
    {
        ({ } t, string text) when t == typeof(long) && ByteSize.TryParse(text, out var bytes) => bytes,
        ({ } t, string text) when t == typeof(TimeSpan) => Duration.Parse(text),
        ({ } t, int or long or double or decimal) when t == typeof(TimeSpan) => TimeSpan.FromSeconds(
            LanguagePrimitives.ConvertTo<double>(value)),
        ({ } t, _) when t == typeof(ContainerId) => ContainerId.TryParse($"{value}", out var id) ? id : null,
        _ => null,
    };

    private static object? Structure(Type type, object value, string what, EngineIntrinsics engine)
    {
        if (Transformations.Of(type) is { } transformation)
        {
            var made = transformation.Transform(engine, value);
            return type.IsGenericType && made is not (null or Array) ? ListOf(made) : made;
        }

        return type == typeof(IReadOnlyList<string>) ? LanguagePrimitives.ConvertTo<string[]>(value)
            : type == typeof(IReadOnlyDictionary<string, string>) ? NameValueAttribute.ToDictionary(
                (IDictionary?)new NameValueAttribute().Transform(engine, value), ZLayerEngineOptions.FromEnvironment().Environment)
            : IsRecord(type) && CanRead(value) ? Read(type, value, what, engine, NoSynonyms)
            : type.IsGenericType
                && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
                && IsRecord(type.GetGenericArguments()[0]) ? Records(type.GetGenericArguments()[0], value, what, engine)
            : null;
    }

    private static bool IsRecord(Type type) => type.IsClass && type.Namespace!.StartsWith("ZLayer.", StringComparison.Ordinal);

    private static Array Records(Type type, object value, string what, EngineIntrinsics engine)
    {
        object?[] items = value is IList list ? [.. list.Cast<object?>().Select(Unwrap)] : [value];
        var records = Array.CreateInstance(type, items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            var item = items[i] ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The list of the {what} holds a null.");
            records.SetValue(ConvertValue(type, item, what, engine), i);
        }

        return records;
    }

    private static Array ListOf(object item)
    {
        var list = Array.CreateInstance(item.GetType(), 1);
        list.SetValue(item, 0);
        return list;
    }

    private static ZLayerException Unknown(string name, string what, IEnumerable<string> known)
        => new(ZLayerErrorKind.InvalidArgument, $"A {what} has no '{name}'.")
        {
            Subject = name,
            Advice = $"It has: {string.Join(", ", known.Order(StringComparer.Ordinal))}.",
        };
}
