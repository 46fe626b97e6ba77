using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The variables that a stage begins with, for rules about the variables that it uses.</summary>
internal static class BaseEnvironment
{
    /// <summary>Finds the image that a stage stands on, and what it sets.</summary>
    /// <returns>
    /// The environment; null for a stage on another one or on nothing, which the Dockerfile says, and where triggers set variables.
    /// </returns>
    public static async Task<IReadOnlyDictionary<string, string>?> FindAsync(BaseImages bases, PlannedStage stage)
    {
        switch (stage.Base)
        {
            case StageBase.Image { Name: var name }:
                return Of(await bases.GetAsync(name, stage.Platform).ConfigureAwait(false));
            case StageBase.NamedContext { Value: var value } when !BaseImages.IsScratch(value)
                && bases.GetFromContext(value, stage.Platform) is { } image:
                return Of(await image.ConfigureAwait(false));
            case StageBase.NamedContext:
                return Split(BuildSession.EmptyConfig(stage.Platform));
            default:
                return null;
        }
    }

    private static Dictionary<string, string>? Of(StoredImage image)
    {
        var config = image.Config.Config ?? new ContainerDefaults();
        if (config.OnBuild?.Any(SetsVariables) ?? false)
        {
            return null;
        }

        var environment = Split(config);
        if (image.Config.Os != "windows")
        {
            environment.TryAdd("PATH", ""); // RUN has one in any case.
        }

        return environment;
    }

    private static bool SetsVariables(string trigger)
        => trigger.TrimStart() is var text
            && (text.StartsWith("ENV", StringComparison.OrdinalIgnoreCase) || text.StartsWith("ARG", StringComparison.OrdinalIgnoreCase));

    // Of a variable that is set twice, the last one counts.
    private static Dictionary<string, string> Split(ContainerDefaults config)
        => StageArguments.Split(config.Env)
            .GroupBy(variable => variable.Key, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.Last().Value);
}
