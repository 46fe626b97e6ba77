using System.Collections;
using System.Globalization;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes <c>type=oci,dest=app.tar</c>, a directory, and <c>@{ type = 'oci'; dest = 'app.tar' }</c>. Destinations are paths of PowerShell.</summary>
public sealed class ExporterAttribute : ValueTransformationAttribute<ExporterSpecification>
{
    private protected override ExporterSpecification Convert(object input, PSObject wrapped, EngineIntrinsics engine)
    {
        var specification = input switch
        {
            string text => ExporterSpecification.Parse(text),
            IDictionary table => FromTable(table),
            _ => throw Refuse(input, "an output such as 'type=oci,dest=app.tar'"),
        };
        return specification.Destination switch
        {
            null => specification,
            "-" => throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "An output cannot go to standard output here.")
            {
                Advice = "Name a file with dest=; PowerShell's pipeline carries objects.",
            },
            var path => specification with { Destination = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path) },
        };
    }

    private static ExporterSpecification FromTable(IDictionary table)
    {
        var fields = table.Cast<DictionaryEntry>().ToDictionary(
            entry => $"{entry.Key}".ToLowerInvariant(), entry => System.Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal);
        fields.Remove("type", out var type);
        if (!fields.Remove("dest", out var destination))
        {
            fields.Remove("destination", out destination);
        }

        return new ExporterSpecification
        {
            Type = string.IsNullOrEmpty(type)
                ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The output has no type.") { Advice = "Write @{ type = 'oci'; dest = 'app.tar' }." }
                : type,
            Destination = destination,
            Attributes = fields,
        };
    }
}
