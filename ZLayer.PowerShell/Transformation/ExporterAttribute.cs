using System.Collections;
using System.Globalization;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>type=oci,dest=app.tar</c>, a directory, and <c>@{ type = 'oci'; dest = 'app.tar' }</c>. Destinations are paths of PowerShell.
/// </summary>
public sealed class ExporterAttribute : ValueTransformationAttribute<ExporterSpecification>
{
    private const string Specification = "ZLayer.Core.Exporters.ExporterSpecification";

    private protected override ExporterSpecification Convert(object input, PSObject wrapped, EngineIntrinsics engine)
    {
        var specification = input switch
        {
            string text => ExporterSpecification.Parse(text),
            IDictionary table => FromTable(table),
            // What New-ZLayerExporter made, from a job or a file.
            PSObject when ObjectProperties.Origin(wrapped) is null or Specification
                && ObjectProperties.Text(wrapped, "Type") is { } type => FromProperties(type, wrapped),
            _ => throw Refuse(input, "an output such as 'type=oci,dest=app.tar'"),
        };
        return specification.Destination switch
        {
            null => specification,
            "-" => throw NoStandardOutput(),
            var path => specification with { Destination = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path) },
        };
    }

    /// <summary>The error for an output to the standard output.</summary>
    internal static ZLayerException NoStandardOutput()
        => new(ZLayerErrorKind.InvalidArgument, "An output cannot go to standard output here.")
        {
            Advice = "Name a file with dest= or -Destination; PowerShell's pipeline carries objects.",
        };

    private static ExporterSpecification FromProperties(string type, PSObject wrapped)
        => new()
        {
            Type = type,
            Destination = ObjectProperties.Text(wrapped, "Destination"),
            Attributes = Pairs(wrapped.Properties["Attributes"]?.Value).ToDictionary(
                pair => pair.Name, pair => pair.Value, StringComparer.Ordinal),
        };

    private static IEnumerable<(string Name, string Value)> Pairs(object? value)
        => (value as PSObject)?.BaseObject as IDictionary is { } inner ? Pairs(inner)
            : value is IDictionary table ? table.Cast<DictionaryEntry>()
                .Select(entry => ($"{entry.Key}", LanguagePrimitives.ConvertTo<string>(entry.Value)))
            : value is PSObject bag ? bag.Properties.Select(
                property => (property.Name, LanguagePrimitives.ConvertTo<string>(property.Value)))
            : [];

    private static ExporterSpecification FromTable(IDictionary table)
    {
        var fields = table.Cast<DictionaryEntry>().ToDictionary(
            entry => $"{entry.Key}".ToLowerInvariant(), entry => System.Convert.ToString(entry.Value, CultureInfo.InvariantCulture)
                ?? "", StringComparer.Ordinal);
        fields.Remove("type", out var type);
        if (!fields.Remove("dest", out var destination))
        {
            fields.Remove("destination", out destination);
        }

        return new ExporterSpecification
        {
            Type = string.IsNullOrEmpty(type)
                ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The output has no type.")
                {
                    Advice = "Write @{ type = 'oci'; dest = 'app.tar' }.",
                }
                : type,
            Destination = destination,
            Attributes = fields,
        };
    }
}
