using System.Collections;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>The networks that every runtime has, those of containers that exist, and the networks of other containers.</summary>
public sealed class NetworkCompleter : Completer
{
    private const string OfContainer = "container:";

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var runtime = ZLayerSession.Current.GetRuntime(Bound(bound, "Runtime"), Bound(bound, "Root") is { } root ? FullPath(root) : null);
        return () => new[]
            {
                new Candidate("bridge", "The runtime's default network"),
                new Candidate("host", "The network of the host"),
                new Candidate("none", "No network"),
                new Candidate(OfContainer, "The network of another container"),
            }
            .Concat(Recently.Containers.Of(runtime).SelectMany(container => container.Networks).Select(network => new Candidate(network)))
            .Concat(word.StartsWith(OfContainer, StringComparison.OrdinalIgnoreCase)
                ? Recently.Containers.Of(runtime)
                    .Select(container => new Candidate(OfContainer + container.Name, $"The network of {container.Name}, {container.State}"))
                : []);
    }
}
