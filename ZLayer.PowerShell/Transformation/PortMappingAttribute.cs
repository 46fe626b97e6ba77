using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>'8080:80'</c> and the other texts of <see cref="PortMapping.Parse"/>, a number (the container's port, published on a free one),
/// <c>@{ 8080 = 80 }</c> (host = container), and <c>@{ HostPort = 8080; ContainerPort = 80 }</c>.
/// </summary>
public sealed class PortMappingAttribute : ValueTransformationAttribute<PortMapping>
{
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Container"] = "ContainerPort",
        ["Host"] = "HostPort",
        ["Address"] = "HostIP",
    };

    private protected override PortMapping Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => ConvertAll(input, wrapped, engine).First();

    private protected override IEnumerable<PortMapping> ConvertAll(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => PortMapping.Parse(text),
        int or long or ushort or short or byte or uint => PortMapping.Parse($"{input}"),
        IDictionary table when table.Keys.Cast<object>().All(IsHostPort) => table.Cast<DictionaryEntry>().SelectMany(FromPair),
        _ when RecordReader.CanRead(input) => [RecordReader.Read<PortMapping>(input, "port mapping", engine, Synonyms)],
        _ => throw Refuse(input, "a port such as '8080:80' or @{ 8080 = 80 }"),
    };

    private static IEnumerable<PortMapping> FromPair(DictionaryEntry pair)
        => pair.Value is null
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The host's port {pair.Key} has no port of the container.")
            {
                Advice = "Write @{ 8080 = 80 }.",
            }
            : PortMapping.Parse($"{pair.Key}:{pair.Value}");

    // 8080, '8080', '127.0.0.1:8080', '8000-8010': everything but a word.
    private static bool IsHostPort(object key) => $"{key}" is { Length: > 0 } text && (char.IsAsciiDigit(text[0]) || text[0] == '[');
}
