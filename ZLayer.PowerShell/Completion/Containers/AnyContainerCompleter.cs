using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>Names of all containers, whatever state they are in and whatever the cmdlet does to its own.</summary>
public sealed class AnyContainerCompleter : ContainerNameCompleter
{
    private protected override Func<IEnumerable<Candidate>> PrepareFor(string command, string word, IDictionary bound)
        => base.PrepareFor("", word, bound);
}
