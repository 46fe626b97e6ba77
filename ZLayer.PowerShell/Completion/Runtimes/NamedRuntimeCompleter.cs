using ZLayer.Core;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>The runtimes that Register-ZLayerRuntime named.</summary>
public sealed class NamedRuntimeCompleter : RuntimeNameCompleter
{
    private protected override bool IsOffered(RuntimeSet runtimes, string name)
        => !runtimes.IsBuiltIn(name) && !RuntimeAddress.IsAddress(name);

    private protected override IEnumerable<Candidate> Addresses(ZLayerEngine engine) => [];
}
