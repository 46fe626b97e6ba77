namespace ZLayer.Core.Runtimes.Observation;

/// <summary>The state of a health check.</summary>
/// <param name="Status">What it says.</param>
/// <param name="FailingStreak">How many checks in a row have failed.</param>
/// <param name="LastOutput">What the last check printed.</param>
public sealed record HealthDetail(HealthStatus Status, int? FailingStreak = null, string? LastOutput = null);
