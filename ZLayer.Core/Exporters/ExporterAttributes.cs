using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Exporters;

/// <summary>Reads the attributes of an output; what no exporter member asked for is an error with a suggestion.</summary>
internal sealed class ExporterAttributes(ExporterSpecification specification)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A text; null where it is not given.</summary>
    public string? Text(string name)
    {
        _known.Add(name);
        return specification.Attributes.GetValueOrDefault(name);
    }

    /// <summary>A boolean as Go's ParseBool reads it; an empty value is true.</summary>
    public bool Boolean(string name, bool fallback = false)
        => Text(name) switch
        {
            null => fallback,
            "" or "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            var other => throw Invalid(name, other, "true or false"),
        };

    /// <summary>A whole number.</summary>
    public int? Number(string name, int minimum, int maximum)
        => Text(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= minimum
                && number <= maximum ? number
            : throw Invalid(name, text, $"a number from {minimum} to {maximum}");

    /// <summary>Seconds since 1970; an empty value is none.</summary>
    public DateTimeOffset? Epoch(string name)
        => Text(name) is not { Length: > 0 } text ? null
            : UnixSeconds.Parse(text) ?? throw Invalid(name, text, "a number of seconds since 1970");

    /// <summary>source-date-epoch and rewrite-timestamp: the build makes the image that an output with them exports.</summary>
    public ExportTimes Times() => new(Epoch("source-date-epoch"), Boolean("rewrite-timestamp"));

    /// <summary>compression, compression-level and force-compression.</summary>
    public ExportCompression Compression()
    {
        LayerCompression? type = Text("compression") switch
        {
            null => null,
            "gzip" => LayerCompression.Gzip,
            "zstd" => LayerCompression.Zstd,
            "uncompressed" or "none" => LayerCompression.None,
            var other => throw Invalid("compression", other, "gzip, zstd or uncompressed"),
        };
        var level = Number("compression-level", 1, type == LayerCompression.Zstd ? 22 : 9);
        return new ExportCompression(type, level, Boolean("force-compression"));
    }

    /// <summary>name: one or more references, separated by commas.</summary>
    public IReadOnlyList<ImageReference> Names()
        => [.. (Text("name") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(ImageReference.Parse)];

    /// <summary>Refuses what was not read.</summary>
    public void RefuseOthers()
    {
        var unknown = specification.Attributes.Keys.FirstOrDefault(k => !_known.Contains(k));
        if (unknown is null)
        {
            return;
        }

        var known = _known.Order(StringComparer.Ordinal).ToList();
        throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The output type={specification.Type} has no attribute '{unknown}'.")
        {
            Subject = unknown,
            Advice = Suggestion.Nearest(unknown, known) is { } near ? $"Did you mean '{near}'?" : $"It has: {string.Join(", ", known)}.",
        };
    }

    /// <summary>The destination, which must be given.</summary>
    public string Destination(string advice)
    {
        _known.Add("dest");
        return string.IsNullOrEmpty(specification.Destination)
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The output type={specification.Type} has no destination.")
            {
                Advice = advice,
            }
            : specification.Destination == "-" && specification.Stream is null
                ? throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"The output type={specification.Type} cannot be written to standard output here.")
                {
                    Advice = advice,
                }
                : specification.Destination;
    }

    /// <summary>Refuses a destination: the output writes no file.</summary>
    public void RefuseDestination(string advice)
    {
        if (specification.Destination is { } destination)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The output type={specification.Type} writes no file, so dest={destination} means nothing.")
            {
                Subject = destination,
                Advice = advice,
            };
        }
    }

    private ZLayerException Invalid(string name, string value, string wanted)
        => new(ZLayerErrorKind.InvalidArgument, $"{name}={value} of the output type={specification.Type} is not {wanted}.")
        {
            Subject = name,
        };
}

/// <summary>What an output says of times: <c>source-date-epoch</c> and <c>rewrite-timestamp</c>.</summary>
/// <param name="Epoch">The time of config and history; null is the build's.</param>
/// <param name="Rewrite">True to make no file of the build's layers younger than that.</param>
internal sealed record ExportTimes(DateTimeOffset? Epoch, bool Rewrite)
{
    /// <summary>Reads the attributes of an output, which its exporter has checked.</summary>
    public static ExportTimes Of(IExporterInstance output)
        => new ExporterAttributes(new ExporterSpecification { Type = output.Type, Attributes = output.Attributes }).Times();
}
