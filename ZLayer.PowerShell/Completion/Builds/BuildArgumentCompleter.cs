using ZLayer.Core.Dockerfiles;

namespace ZLayer.PowerShell.Completion;

/// <summary>The arguments of the Dockerfile with their defaults.</summary>
public sealed class BuildArgumentCompleter : DockerfileCompleter
{
    private protected override IEnumerable<Candidate> Candidates(DockerfileOutline outline)
        => outline.Arguments.Select(
            argument => new Candidate(
                $"{argument.Name}={argument.Default}", argument.Description ?? $"ARG {argument.Name}, line {argument.Location.Line}"));
}
