using System.Collections;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>The operations of runtimes.</summary>
public sealed class RuntimeOperationCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Enum.GetNames<RuntimeOperation>().Order(StringComparer.Ordinal).Select(name => new Candidate(name));
}
