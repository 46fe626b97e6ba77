using ZLayer.Core.Builds.Planning;

namespace ZLayer.Core.Builds.Events;

/// <summary>
/// What will be built: fills a display in advance. It is reported again, with all stages, where a trigger of a base image needs
/// more of them.
/// </summary>
/// <param name="Stages">The stages in order.</param>
public sealed record BuildPlanned(IReadOnlyList<PlannedStageSummary> Stages) : BuildEvent
{
    /// <summary>The stages in order.</summary>
    public IReadOnlyList<PlannedStageSummary> Stages { get; init => field = value.ToArray(); } = Stages.ToArray();

    internal static BuildPlanned Of(IReadOnlyList<PlannedStage> stages)
        => new([.. stages.Select(s => new PlannedStageSummary(
            s.Id, s.Title, s.Base.ToString()!, [.. s.Instructions.Select(i => i.ShownText)]))]);

    /// <inheritdoc/>
    protected override string Describe() => "Plan: " + string.Join(", ", Stages.Select(s => s.Title));
}

/// <summary>A stage as the plan has it.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name, with the platform when there are several.</param>
/// <param name="BaseImage">What it builds on.</param>
/// <param name="Instructions">Its instructions, FROM not included.</param>
public sealed record PlannedStageSummary(int Stage, string Title, string BaseImage, IReadOnlyList<string> Instructions)
{
    /// <summary>Its instructions, FROM not included.</summary>
    public IReadOnlyList<string> Instructions { get; init => field = value.ToArray(); } = Instructions.ToArray();
}
