using System.Collections;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Completion;

/// <summary>Digests of the entries of the manifest list that -Name says.</summary>
public sealed class ManifestEntryCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        var name = Bound(bound, "Name");
        return () => ImageReference.TryParse(name, out var list) && engine.Manifests.Find(list) is { } found
            ? found.Entries.Select(entry => new Candidate(entry.Digest.ToString(), $"{entry.Platform} {entry.Digest.ShortHex}"))
            : [];
    }
}
