using System.Globalization;
using ZLayer.Core.Builds;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Commands;

/// <summary>
/// What -WhatIf and -Confirm say about a build: the stages with their instructions, as far as the Dockerfile tells without building.
/// </summary>
/// <param name="Text">What would be done.</param>
/// <param name="Question">The same as a question.</param>
internal sealed record BuildPlanDescription(string Text, string Question)
{
    public static BuildPlanDescription Of(BuildOptions options)
    {
        var target = options.Tags.Count > 0
            ? string.Join(", ", options.Tags.Select(tag => tag.ToFamiliarString()))
            : options.ContextDirectory ?? "an inline Dockerfile";
        var action = $"Build {target}{(options.Push ? " and push it" : "")}";
        return new BuildPlanDescription($"{action}\n{Stages(options)}", action + "?");
    }

    private static string Stages(BuildOptions options)
    {
        try
        {
            return options.DockerfileText is null && options.FindDockerfile() is null
                ? $"  no Dockerfile in {options.ContextDirectory}"
                : string.Join('\n', options.ReadDockerfile().Stages.Select(Stage));
        }
        catch (Exception exception) when (exception is ZLayerException or IOException or UnauthorizedAccessException)
        {
            return "  " + exception.Message;
        }
    }

    private static string Stage(Stage stage)
    {
        var name = stage.Name ?? stage.Index.ToString(CultureInfo.InvariantCulture);
        var count = stage.Instructions.Count;
        return $"  stage {name} from {AddressRedaction.Redact(stage.From.Image)}, {count} {(count == 1 ? "instruction" : "instructions")}";
    }
}
