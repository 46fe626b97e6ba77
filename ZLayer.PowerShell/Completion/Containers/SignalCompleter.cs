using System.Collections;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>The signals, without and with SIG.</summary>
public sealed class SignalCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Signal.AllNames.Select(name => name[3..]).Concat(Signal.AllNames)
            .Select(name => new Candidate(name, $"{Signal.Parse(name)} ({Signal.Parse(name).Number})"));
}
