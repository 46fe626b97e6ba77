using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Exporters;

/// <summary>
/// One requested output, in BuildKit's attribute form: <c>type=oci,dest=app.tar,compression=zstd</c>. The values are checked by the
/// exporter's <see cref="IExporter.Resolve"/>, before the build.
/// </summary>
public sealed record ExporterSpecification
{
    /// <summary>
    /// The exporter: <c>image</c>, <c>oci</c>, <c>docker</c>, <c>local</c>, <c>tar</c>; <c>registry</c> is image with push.
    /// </summary>
    public required string Type { get; init; }

    /// <summary>Where the output goes: a path, absolute once a front door has resolved it; <c>-</c> is <see cref="Stream"/>.</summary>
    public string? Destination { get; init; }

    /// <summary>The other attributes by name.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the output goes when <see cref="Destination"/> is <c>-</c>.</summary>
    public Stream? Stream { get; init; }

    /// <summary>
    /// Parses the attribute form, a CSV record; a text without <c>=</c> is the directory of a local output, <c>-</c> is a tar on standard
    /// output.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidArgument saying which field is wrong.</exception>
    public static ExporterSpecification Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "-")
        {
            return new ExporterSpecification { Type = "tar", Destination = "-" };
        }

        if (!text.Contains('=', StringComparison.Ordinal))
        {
            return text.Length > 0 ? new ExporterSpecification { Type = "local", Destination = text } : throw Invalid(text, "it is empty");
        }

        string? type = null;
        string? destination = null;
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in SplitFields(text))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw Invalid(text, $"'{field}' is not key=value");
            }

            var (key, value) = (field[..equals].Trim(), field[(equals + 1)..]);
            switch (key.ToLowerInvariant())
            {
                case "type":
                    type = type is null ? value : throw Invalid(text, "'type' is given twice");
                    break;
                case "dest":
                    destination = destination is null ? value : throw Invalid(text, "'dest' is given twice");
                    break;
                default:
                    if (!attributes.TryAdd(key, value))
                    {
                        throw Invalid(text, $"'{key}' is given twice");
                    }

                    break;
            }
        }

        return new ExporterSpecification
        {
            Type = string.IsNullOrEmpty(type) ? throw Invalid(text, "it has no type") : type,
            Destination = destination,
            Attributes = attributes,
        };
    }

    /// <summary>The attribute form.</summary>
    public override string ToString()
    {
        var result = new StringBuilder("type=").Append(Type);
        if (Destination is not null)
        {
            result.Append(',').Append(Field("dest", Destination));
        }

        foreach (var (key, value) in Attributes)
        {
            result.Append(',').Append(Field(key, value));
        }

        return result.ToString();
    }

    private static string Field(string key, string value)
    {
        var field = $"{key}={value}";
        return field.AsSpan().ContainsAny(",\"") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
    }

    // RFC 4180: a field in quotes may hold commas; "" is a quote.
    private static List<string> SplitFields(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                if (quoted && i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (text[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(text[i]);
            }
        }

        if (quoted)
        {
            throw Invalid(text, "a quote is not closed");
        }

        fields.Add(field.ToString());
        return fields;
    }

    private static ZLayerException Invalid(string text, string why)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' is not an output: {why}.")
        {
            Subject = text,
            Advice = "Write type=oci,dest=app.tar or a directory.",
        };
}
