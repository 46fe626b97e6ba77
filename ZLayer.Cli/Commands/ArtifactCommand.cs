using System.CommandLine;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer artifact push|attach|pull</c></summary>
internal sealed class ArtifactCommand : Command
{
    public ArtifactCommand()
        : base("artifact", "Keep files in registries, alone or attached to images.")
    {
        Subcommands.Add(new ArtifactPushCommand(attaches: false));
        Subcommands.Add(new ArtifactPushCommand(attaches: true));
        Subcommands.Add(new ArtifactPullCommand());
    }
}
