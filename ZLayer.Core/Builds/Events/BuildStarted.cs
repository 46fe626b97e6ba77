namespace ZLayer.Core.Builds.Events;

/// <summary>The build has been planned and begins.</summary>
/// <param name="TotalStages">How many stages will be built, over all platforms.</param>
/// <param name="TotalInstructions">How many instructions they have, FROM not counted.</param>
public sealed record BuildStarted(int TotalStages, int TotalInstructions) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => $"Building {TotalStages} {(TotalStages == 1 ? "stage" : "stages")}, {TotalInstructions} instructions";
}
