using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>A stage that the build needs, for one platform.</summary>
internal sealed record PlannedStage
{
    /// <summary>Its index in the plan, which is its index in the event stream.</summary>
    public required int Id { get; init; }

    /// <summary>The stage in the Dockerfile.</summary>
    public required Stage Stage { get; init; }

    /// <summary>The platform of its file system and of its RUN steps.</summary>
    public required Platform Platform { get; init; }

    /// <summary>The platform that the whole build is for: <c>TARGETPLATFORM</c>.</summary>
    public required Platform TargetPlatform { get; init; }

    /// <summary>What it builds on.</summary>
    public required StageBase Base { get; init; }

    /// <summary>True when a named context stands in for the whole stage: none of its instructions is carried out.</summary>
    public bool IsReplaced => Base is StageBase.NamedContext context && context.Name == Stage.Name;

    /// <summary>Its name for people, with the platform when there are several.</summary>
    public required string Title { get; init; }

    /// <summary>The instructions to carry out.</summary>
    public IReadOnlyList<Instruction> Instructions => Stage.Instructions;
}
