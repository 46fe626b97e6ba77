using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The attributes of outputs that have no parameter.</summary>
public sealed class ExporterAttributeCompleter : Completer
{
    private static readonly Candidate[] OfImages =
    [
        new("source-date-epoch=", "Times later than this are set to it: seconds since 1970"),
        new("rewrite-timestamp=true", "Also in the layers of the base image"),
        new("oci-mediatypes=false", "The media types of Docker"),
    ];

    private static readonly Candidate[] OfFiles =
    [
        new("source-date-epoch=", "Times later than this are set to it: seconds since 1970"),
        new("platform-split=", "A directory for each platform: true or false"),
    ];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Bound(bound, "Type")?.ToUpperInvariant() switch
        {
            "TAR" or "DIRECTORY" => OfFiles,
            "IMAGE" or "REGISTRY" => OfImages.Append(new Candidate("push-by-digest=true", "Pushes without a tag")),
            "DOCKERENGINE" => OfImages[..2],
            _ => OfImages,
        };
}
