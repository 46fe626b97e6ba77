using System.Collections;
using System.Management.Automation;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Reads objects of ours: alive, rehydrated by a job or a remote session, read from a file, or written as a property bag.
/// </summary>
internal static class ObjectProperties
{
    private const string Bag = "System.Management.Automation.PSCustomObject";
    private static readonly string Shown = typeof(OutputRecord<>).FullName!;

    /// <summary>True for objects of this module in any form and for property bags of no known origin.</summary>
    public static bool AreOurs(PSObject wrapped) => Origin(wrapped) is null || AreOfModule(wrapped);

    /// <summary>True for objects of this module in any form.</summary>
    public static bool AreOfModule(PSObject wrapped) => Origin(wrapped)?.StartsWith("ZLayer.", StringComparison.Ordinal) ?? false;

    /// <summary>
    /// The full name of the type that an object is of, or was of before a job or Select-Object; null for a property bag of no known origin.
    /// </summary>
    public static string? Origin(PSObject wrapped)
    {
        if (wrapped.BaseObject is not PSCustomObject)
        {
            return wrapped.BaseObject is IDictionary
                ? null
                : (wrapped.BaseObject is OutputRecord record ? record.Source : wrapped.BaseObject).GetType().FullName;
        }

        // Deserialized.X and Selected.X remember what they were.
        var origin = wrapped.TypeNames.FirstOrDefault(
            name => name.Contains('.', StringComparison.Ordinal) && name is not (Bag or "System.Object"));
        var original = origin?.Replace("Deserialized.", "", StringComparison.Ordinal).Replace("Selected.", "", StringComparison.Ordinal);
        // What Select-Object made of an object of ours: OutputRecord`1[ZLayer.Core.Images.ImageInfo].
        return original is Bag ? null
            : original?.StartsWith(Shown, StringComparison.Ordinal) is true ? original[Shown.Length..].TrimStart('[').TrimEnd(']')
            : original;
    }

    /// <summary>The text of a property; null when it is missing or empty.</summary>
    public static string? Text(PSObject wrapped, string name)
    {
        var value = wrapped.BaseObject is IDictionary dictionary ? dictionary[name] : wrapped.Properties[name]?.Value;
        var text = value is null ? null : LanguagePrimitives.ConvertTo<string>(value);
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>The text of the first item of a list property; null when there is none.</summary>
    public static string? First(PSObject wrapped, string name)
        => LanguagePrimitives.GetEnumerable(wrapped.Properties[name]?.Value) is { } items
            ? items.Cast<object?>().Select(item => item is null ? null : LanguagePrimitives.ConvertTo<string>(item)).FirstOrDefault()
            : null;
}
