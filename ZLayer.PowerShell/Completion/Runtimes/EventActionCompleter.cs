using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The actions that events tell of, for the kind of thing that was given.</summary>
public sealed class EventActionCompleter : Completer
{
    private static readonly Dictionary<string, string[]> Actions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["container"] =
        [
            "attach", "commit", "copy", "create", "destroy", "detach", "die", "exec_create", "exec_detach", "exec_die", "exec_start", "export",
            "health_status", "kill", "oom", "pause", "rename", "resize", "restart", "start", "stop", "top", "unpause", "update",
        ],
        ["image"] = ["delete", "import", "load", "pull", "push", "save", "tag", "untag"],
        ["network"] = ["connect", "create", "destroy", "disconnect", "remove"],
        ["volume"] = ["create", "destroy", "mount", "unmount"],
        ["daemon"] = ["reload"],
    };

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var type = Bound(bound, "Type");
        return () => Actions.Where(pair => type is null
            || !Actions.ContainsKey(type)
            || pair.Key.Equals(type, StringComparison.OrdinalIgnoreCase))
            .SelectMany(pair => pair.Value.Select(action => new Candidate(action, $"{pair.Key} {action}")));
    }
}
