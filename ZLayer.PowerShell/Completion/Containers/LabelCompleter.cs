using System.Collections;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// Labels. Where they are looked for: those of the images in the store, or of a runtime's containers, with their values once an equals sign
/// is typed. Where they are given: the keys that the OCI image specification names.
/// </summary>
public sealed class LabelCompleter : Completer
{
    // OCI image specification 1.1, "Pre-Defined Annotation Keys".
    private static readonly Candidate[] Specified =
    [
        new("org.opencontainers.image.title=", "The image's title"),
        new("org.opencontainers.image.description=", "What is in the image, in words"),
        new("org.opencontainers.image.version=", "The version of the packaged software"),
        new("org.opencontainers.image.revision=", "The revision of its source"),
        new("org.opencontainers.image.created=", "When it was built (RFC 3339)"),
        new("org.opencontainers.image.authors=", "Who is responsible for it"),
        new("org.opencontainers.image.vendor=", "The organisation that distributes it"),
        new("org.opencontainers.image.licenses=", "The licences, as an SPDX expression"),
        new("org.opencontainers.image.url=", "Where to learn more of the image"),
        new("org.opencontainers.image.documentation=", "Where its documentation is"),
        new("org.opencontainers.image.source=", "Where its source is"),
        new("org.opencontainers.image.base.name=", "The base image's reference"),
        new("org.opencontainers.image.base.digest=", "The base image's digest"),
        new("org.opencontainers.image.ref.name=", "The name of a reference"),
    ];

    private protected override Func<IEnumerable<Candidate>> PrepareFor(string command, string word, IDictionary bound)
    {
        var session = ZLayerSession.Current;
        var root = Bound(bound, "Root") is { } written ? FullPath(written) : null;
        var named = Bound(bound, "Runtime");
        switch (command.ToUpperInvariant())
        {
            case "GET-ZLAYERIMAGE" when named is not null:
                var holder = session.GetRuntime(named, root);
                return () => Found(Recently.RuntimeImages.Of(holder).SelectMany(image => image.Labels), word);
            case "GET-ZLAYERCONTAINER" or "GET-ZLAYEREVENT":
            case "CLEAR-ZLAYERSTORAGE" when named is not null:
                var runtime = session.GetRuntime(named, root);
                return () => Found(Recently.Containers.Of(runtime).SelectMany(container => container.Labels), word);
            case "GET-ZLAYERIMAGE" or "CLEAR-ZLAYERSTORAGE":
                var engine = session.GetEngine(root);
                return () => Found(Recently.Images.Of(engine).SelectMany(image => image.Labels), word);
            default:
                return Prepare(word, bound);
        }
    }

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Specified;

    private static IEnumerable<Candidate> Found(IEnumerable<KeyValuePair<string, string>> labels, string word)
        => labels.GroupBy(label => word.Contains('=', StringComparison.Ordinal)
            ? $"{label.Key}={label.Value}"
            : label.Key, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new Candidate(group.Key, $"{group.Key}, on {group.Count()}"));
}
