using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes a hashtable, <c>'KEY=value'</c> texts, or a list of both, and makes one hashtable. A name without value takes it from the
/// environment.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NameValueAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var input = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        return input is null or NameValueTable ? input : new NameValueTable(input);
    }

    /// <summary>One hashtable of what a user wrote.</summary>
    /// <param name="input">A hashtable, texts, or a list of both.</param>
    internal static Hashtable Read(object input)
    {
        // Names are case-sensitive, as Dockerfiles have them.
        var result = new Hashtable(StringComparer.Ordinal);
        var bare = input is PSObject wrapper ? wrapper.BaseObject : input;
        foreach (var item in bare is IList list ? list : new[] { bare })
        {
            Add(result, item is PSObject wrapped ? wrapped.BaseObject : item);
        }

        return result;
    }

    /// <summary>The hashtable as the engine takes it; values as PowerShell writes them in invariant form.</summary>
    /// <param name="table">The hashtable; null is an empty one.</param>
    /// <param name="environment">Where names without value get theirs; those that are not there are left out.</param>
    internal static SortedDictionary<string, string> ToDictionary(IDictionary? table, IReadOnlyDictionary<string, string> environment)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            var name = LanguagePrimitives.ConvertTo<string>(entry.Key);
            if (entry.Value is not null)
            {
                result[name] = LanguagePrimitives.ConvertTo<string>(entry.Value);
            }
            else if (environment.TryGetValue(name, out var value))
            {
                result[name] = value;
            }
        }

        return result;
    }

    private static void Add(Hashtable result, object? item)
    {
        switch (item)
        {
            case IDictionary dictionary:
                foreach (DictionaryEntry entry in dictionary)
                {
                    result[entry.Key] = entry.Value;
                }

                break;
            case string text when text.Length > 0 && text[0] != '=':
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                result[equals < 0 ? text : text[..equals]] = equals < 0 ? null : text[(equals + 1)..];
                break;
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{item}' is not a name with a value. Write @{{ NAME = 'value' }} or 'NAME=value'.",
                    new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{item}' is not a name with a value."));
        }
    }
}
