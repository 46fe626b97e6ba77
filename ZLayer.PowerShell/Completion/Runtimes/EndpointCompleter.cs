using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The addresses of the engines that contexts of Docker name, and the beginnings of others.</summary>
public sealed class EndpointCompleter : Completer
{
    /// <summary>The beginnings.</summary>
    internal static readonly Candidate[] Forms =
    [
        new("unix:///", "unix:///path/to/docker.sock: a socket of this machine"),
        new("ssh://", "ssh://user@host: through the ssh program"),
        new("tcp://", "tcp://host:port: plain HTTP, or TLS with certificates"),
        new("npipe:////./pipe/", "npipe:////./pipe/docker_engine: a named pipe of Windows"),
    ];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var engine = EngineOf(bound);
        return () => engine.ListDockerContexts().Where(context => context.Endpoint is not null)
            .Select(context => new Candidate(context.Endpoint!, $"The Docker context '{context.Name}'"))
            .Concat(Forms);
    }
}
