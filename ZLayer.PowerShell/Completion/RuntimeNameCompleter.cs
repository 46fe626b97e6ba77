using System.Collections;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>The runtimes; those that cannot be used now come last, with the reason.</summary>
public sealed class RuntimeNameCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var runtimes = ZLayerSession.Current.GetEngine(Bound(bound, "Root") is { } root ? FullPath(root) : null).Runtimes;
        return () => Recently.Runtimes.Of(runtimes)
            .OrderByDescending(runtime => runtime.IsAvailable)
            .Select(runtime => new Candidate(runtime.Name, runtime.Reason is null ? $"{runtime.Name}: {runtime.Kind} {runtime.Version}" : $"{runtime.Name}: {runtime.Reason}"));
    }
}
