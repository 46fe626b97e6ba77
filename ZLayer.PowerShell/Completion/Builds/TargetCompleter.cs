using ZLayer.Core.Dockerfiles;

namespace ZLayer.PowerShell.Completion;

/// <summary>The stages of the Dockerfile.</summary>
public sealed class TargetCompleter : DockerfileCompleter
{
    private protected override IEnumerable<Candidate> Candidates(DockerfileOutline outline)
        => outline.Stages.Select(stage => new Candidate(
            stage.Name, $"{stage.Name} from {stage.Base}{(stage.IsDefault ? ", the default" : "")}{(stage.Description is null ? "" : ": " + stage.Description)}"));
}
