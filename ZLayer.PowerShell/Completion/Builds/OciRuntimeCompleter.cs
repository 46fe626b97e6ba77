using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The OCI runtimes that RUN can use.</summary>
public sealed class OciRuntimeCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => [new Candidate("crun"), new Candidate("runc"), new Candidate("youki")];
}
