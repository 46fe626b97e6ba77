using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The contexts of Docker's command line.</summary>
public sealed class DockerContextCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        return () => engine.ListDockerContexts()
            .Select(context => new Candidate(context.Name, $"{context.Name}: {context.Description ?? context.Endpoint}"));
    }
}
