using System.Collections;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Completion;

/// <summary>Paths in the container that was named before, where it runs and answers in time.</summary>
public sealed class ContainerPathCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var named = bound["Container"] ?? bound["Name"];
        if (named is null)
        {
            return () => [];
        }

        var identity = new ContainerIdentity(named is object[] { Length: > 0 } several ? several[0] : named);
        var session = ZLayerSession.Current;
        var runtime = session.GetRuntime(
            identity.Runtime ?? Bound(bound, "Runtime"), identity.Root ?? (Bound(bound, "Root") is { } root ? FullPath(root) : null));
        return () => List(
            token => runtime.ExecAsync(
                identity.Id ?? identity.Text, new ExecOptions { Command = ["ls", "-1", "-a", "-p", Directory(word)] }, token), word);
    }

    private static string Directory(string word) => word.LastIndexOf('/') is >= 0 and var last ? word[..(last + 1)] : "/";

    // Archives tell of names only with all content, so a running container is asked with ls; without ls there is nothing to offer.
    private static IEnumerable<Candidate> List(Func<CancellationToken, Task<ExecResult>> ask, string word)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(250));
        var answer = ask(limit.Token).GetAwaiter().GetResult();
        var directory = Directory(word);
        return answer.ExitCode != 0
            ? []
            : [.. answer.StdOut.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(name => name is not ("./" or "../" or "." or ".."))
                .Select(name => new Candidate(directory + name, directory + name))];
    }
}
