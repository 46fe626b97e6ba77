using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>What a build will do: the stages that its targets need, in the order of the Dockerfile.</summary>
internal sealed record BuildPlan
{
    /// <summary>The Dockerfile.</summary>
    public required Dockerfile Dockerfile { get; init; }

    /// <summary>The privileges that its steps may have; what is known of them when the plan is made was checked then.</summary>
    public required BuildConsent Consent { get; init; }

    /// <summary>What made the plan, and adds to it what turns out to be needed.</summary>
    public required BuildPlanner Planner { get; init; }

    /// <summary>The needed stages of all platforms; <see cref="PlannedStage.Id"/> is the index.</summary>
    public IReadOnlyList<PlannedStage> Stages => Planner.Planned;

    /// <summary>The stage whose result is the image, for each platform, in the order asked for.</summary>
    public required IReadOnlyList<PlannedTarget> Targets { get; init; }

    /// <summary>The values of global ARGs and automatic platform ARGs, by platform of the build.</summary>
    public required IReadOnlyDictionary<Platform, GlobalArguments> Globals { get; init; }

    /// <summary>Build arguments that no ARG declares.</summary>
    public required IReadOnlyList<string> UnusedArguments { get; init; }
}

/// <summary>The result for one platform.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="StageId">The stage that makes it.</param>
internal sealed record PlannedTarget(Platform Platform, int StageId);
