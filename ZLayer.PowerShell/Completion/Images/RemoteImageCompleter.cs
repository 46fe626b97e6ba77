using System.Collections;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// Images at registries: the tags that Get-ZLayerRegistryTag listed, at registries that the session is logged in to, and the names in the
/// store. No registry is asked. For <c>-Repository</c>, the repositories of these.
/// </summary>
public sealed class RemoteImageCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound) => PrepareFor("", word, bound);

    private protected override Func<IEnumerable<Candidate>> PrepareFor(string command, string word, IDictionary bound)
    {
        var session = ZLayerSession.Current;
        var seen = session.Tags.Of(session.Registries);
        if (!command.Equals("Get-ZLayerRegistryTag", StringComparison.OrdinalIgnoreCase))
        {
            var names = ImageNameCompleter.PrepareNames(word, bound);
            return () => seen.Select(tag => new Candidate(tag.ToFamiliarString(), $"{tag.ToFamiliarString()}, at the registry"))
                .Concat(names());
        }

        var engine = session.GetEngine(Bound(bound, "Root") is { } root ? FullPath(root) : null);
        return () => seen.Concat(Recently.Images.Of(engine).Select(image => image.Reference).OfType<ImageReference>())
            .Select(reference => reference.FamiliarName)
            .Distinct(StringComparer.Ordinal)
            .Select(name => new Candidate(name));
    }
}
