using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The kinds of things that have events.</summary>
public sealed class EventTypeCompleter : Completer
{
    private static readonly string[] Types
        = ["container", "image", "network", "volume", "daemon", "plugin", "builder", "service", "node", "secret", "config"];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Types.Select(type => new Candidate(type));
}
