using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Cli.Arguments;

/// <summary>Texts of the command line as the engine's nouns; what does not fit is bad usage, not a failure.</summary>
internal static class Values
{
    public static ImageReference Reference(string text) => Read(() => ImageReference.Parse(text));

    public static Platform? Platform(string? text) => text is null ? null : Read(() => Core.Oci.Platform.Parse(text));

    public static IReadOnlyList<Platform> Platforms(IEnumerable<string> texts)
        => [.. texts.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(text => Platform(text)!)];

    public static IReadOnlyList<BuildEntitlement> Entitlements(IEnumerable<string> texts)
        => [.. texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries))
            .Select(text => Read(() => BuildEntitlement.Parse(text)))];

    /// <summary>Runs a parser of the engine; what it refuses is bad usage.</summary>
    public static T Read<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.InvalidArgument or ZLayerErrorKind.InvalidImageReference)
        {
            throw new UsageException(e.Message, e.AdviceFor(FrontDoor.CommandLine));
        }
    }
}
