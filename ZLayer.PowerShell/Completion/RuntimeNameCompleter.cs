using System.Collections;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>The runtimes; those that cannot be used now come last, with the reason.</summary>
public class RuntimeNameCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var runtimes = ZLayerSession.Current.GetEngine(Bound(bound, "Root") is { } root ? FullPath(root) : null).Runtimes;
        return () => runtimes.Names.Where(name => IsOffered(runtimes, name))
            .AsParallel().AsOrdered()
            .Select(name => Recently.Runtime.Of(runtimes.Get(name)))
            .OrderByDescending(runtime => runtime.IsAvailable)
            .Select(runtime => new Candidate(runtime.Name, Describe(runtime)));
    }

    private protected virtual bool IsOffered(RuntimeSet runtimes, string name) => true;

    private static string Describe(RuntimeInfo runtime)
        => string.Join(' ', $"{runtime.Name}: {runtime.Reason ?? $"{runtime.Kind} {runtime.Version}"}", runtime.Reason is null && runtime.Endpoint is { } place ? $"at {place}" : "").TrimEnd();
}
