using System.Collections;
using ZLayer.Core.Builds;

namespace ZLayer.PowerShell.Completion;

/// <summary>The privileges that a build can be allowed.</summary>
public sealed class BuildEntitlementCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => BuildEntitlement.Names.Select(name => new Candidate(name));
}
