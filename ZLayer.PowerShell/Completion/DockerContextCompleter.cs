using System.Collections;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>The contexts of Docker's command line.</summary>
public sealed class DockerContextCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = ZLayerSession.Current.GetEngine(Bound(bound, "Root") is { } root ? FullPath(root) : null);
        return () => engine.ListDockerContexts().Select(context => new Candidate(context.Name, $"{context.Name}: {context.Description ?? context.Endpoint}"));
    }
}
