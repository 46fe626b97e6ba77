using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The entries of the build cache, the most recently used first.</summary>
public sealed class BuildCacheCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        return () => Recently.BuildCache.Of(engine)
            .Select(entry => new Candidate(
                entry.Id, $"{entry.Type}, {Quantity.Size(entry.Size)}, used {Quantity.Age(entry.LastUsed)}: {entry.Description}"));
    }
}
