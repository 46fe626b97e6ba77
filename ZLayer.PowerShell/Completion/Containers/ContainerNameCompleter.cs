using System.Collections;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>Names of the containers that the cmdlet can act on; ids once the beginning of one is typed.</summary>
public class ContainerNameCompleter : Completer
{
    private const int ShortestId = 4;
    private const int ShortId = 12;

    private static readonly ContainerState[] Alive = [ContainerState.Running, ContainerState.Paused, ContainerState.Restarting];
    private static readonly ContainerState[] Running = [ContainerState.Running];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound) => PrepareFor("", word, bound);

    private protected override Func<IEnumerable<Candidate>> PrepareFor(string command, string word, IDictionary bound)
    {
        // Where a container is made, -Name is a new one.
        if (bound.Contains("Image") && command.StartsWith("Start-", StringComparison.OrdinalIgnoreCase))
        {
            return () => [];
        }

        var runtime = ZLayerSession.Current.GetRuntime(Bound(bound, "Runtime"), Bound(bound, "Root") is { } root ? FullPath(root) : null);
        var states = bound.Contains("Force") ? [] : ActsOn(command);
        return () => Candidates(
            Recently.Containers.Of(runtime).Where(container => states.Count == 0 || states.Contains(container.State)), word);
    }

    private static IReadOnlyList<ContainerState> ActsOn(string command) => command.ToUpperInvariant() switch
    {
        "START-ZLAYERCONTAINER" => [ContainerState.Created, ContainerState.Exited],
        "STOP-ZLAYERCONTAINER" => Alive,
        "SUSPEND-ZLAYERCONTAINER" or "INVOKE-ZLAYERCOMMAND" or "ENTER-ZLAYERCONTAINER" or "MEASURE-ZLAYERCONTAINER"
            or "GET-ZLAYERCONTAINERPROCESS" or "SEND-ZLAYERCONTAINERINPUT" => Running,
        "RESUME-ZLAYERCONTAINER" => [ContainerState.Paused],
        _ => [],
    };

    private static IEnumerable<Candidate> Candidates(IEnumerable<ContainerInfo> containers, string word)
    {
        var asksForId = word.Length >= ShortestId && word.All(char.IsAsciiHexDigit);
        foreach (var container in containers.OrderBy(container => container.Name, StringComparer.OrdinalIgnoreCase))
        {
            yield return new Candidate(container.Name, Describe(container));
            if (asksForId)
            {
                yield return new Candidate(
                    container.Id.Length > ShortId && word.Length <= ShortId ? container.Id[..ShortId] : container.Id, Describe(container));
            }
        }
    }

    private static string Describe(ContainerInfo container)
        => $"{container.Name}: {container.Image}, {container.State.ToString().ToLowerInvariant()}, {Quantity.Age(container.Created)}";
}
