using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The restart policies.</summary>
public sealed class RestartPolicyCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () =>
        [
            new Candidate("no", "Never"),
            new Candidate("always", "Whenever it ends, and when the runtime starts"),
            new Candidate("unless-stopped", "As always, but not after it was stopped on purpose"),
            new Candidate("on-failure", "When it ends with an exit code other than 0"),
            new Candidate("on-failure:3", "When it ends with an exit code other than 0, at most 3 times"),
        ];
}
