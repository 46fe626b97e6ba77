using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record GpuRequest
{
    private const string Advice
        = "Write 'all', a number, or fields such as 'device=0' or '\"device=0,1\",driver=nvidia,\"capabilities=utility,compute\"'.";

    /// <summary>
    /// Parses <c>all</c>, a number, or comma-separated fields as <c>docker run --gpus</c> takes them: <c>count</c>, <c>device</c>,
    /// <c>driver</c>, <c>capabilities</c>, <c>options</c>. Commas belong to <c>device=0,1</c> where the field is quoted or the whole text.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static GpuRequest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var request = new GpuRequest();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (given, value) in Join(Notation.Fields("GPU request", text, Advice)))
        {
            var key = value is null ? "count" : given;
            if (!seen.Add(key))
            {
                throw Invalid(text, $"it has the field '{key}' twice");
            }

            request = request.With(text, key, value ?? given);
        }

        return seen.Contains("count") && seen.Contains("device") ? throw Invalid(text, "it has both a count and devices") : request;
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out GpuRequest? request)
    {
        try
        {
            request = text is null ? null : Parse(text);
        }
        catch (ZLayerException)
        {
            request = null;
        }

        return request is not null;
    }

    /// <summary>
    /// <c>device=0,1</c> without quotes: a field without a key after one that is a list belongs to the list, unless it is a count.
    /// </summary>
    private static List<(string Key, string? Value)> Join(List<(string Key, string? Value)> fields)
    {
        var joined = new List<(string Key, string? Value)>();
        foreach (var field in fields)
        {
            if (field.Value is null && joined is [.., (("device" or "capabilities") and var key, { } list)])
            {
                joined[^1] = (key, $"{list},{field.Key}");
            }
            else
            {
                joined.Add(field);
            }
        }

        return joined;
    }

    private GpuRequest With(string text, string key, string value) => key switch
    {
        "count" => this with { Count = ParseCount(text, value) },
        "device" => this with { DeviceIds = List(value) },
        "driver" => this with { Vendor = value.ToLowerInvariant() },
        "capabilities" => this with { Capabilities = List(value) },
        "options" => this with
        {
            Options = Notation.Fields("GPU request", value, Advice)
                .ToDictionary(option => option.Key, option => option.Value ?? "", StringComparer.Ordinal),
        },
        _ => throw Invalid(text, $"there is no field '{key}'"),
    };

    private static int ParseCount(string text, string value)
        => value == "all" ? -1
            : int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count is -1 or > 0 ? count
            : throw Invalid(text, $"'{value}' is neither 'all' nor a number above 0");

    private static string[] List(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("GPU request", text, reason, Advice);
}
