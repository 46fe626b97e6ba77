using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The Dockerfile instructions that change an image's config.</summary>
public sealed class ChangeCompleter : Completer
{
    private static readonly string[] Instructions =
        ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () => Instructions.Select(instruction => new Candidate(instruction + " "));
}
