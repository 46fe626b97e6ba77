using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>Names of manifest lists in the store.</summary>
public sealed class ManifestNameCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        return () => engine.Manifests.List().Select(list => new Candidate(list.Name, $"{list.Name}: {string.Join(", ", list.Platforms)}"));
    }
}
