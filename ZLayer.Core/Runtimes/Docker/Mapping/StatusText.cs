using System.Globalization;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Docker.Documents;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// The state of a container in the words of an engine's list, <c>Up 5 minutes (healthy)</c>; the other answers have none.
/// </summary>
internal static class StatusText
{
    /// <summary>The words for a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="now">The time to count back from.</param>
    public static string Of(StateDocument state, DateTimeOffset now)
    {
        string Since(string? time) => Duration.InWords(ContainerMapping.Time(time) is { } then ? now - then : TimeSpan.Zero);

        return ContainerMapping.State(state.Status) switch
        {
            ContainerState.Running => $"Up {Since(state.StartedAt)}{Health(state.Health?.Status)}",
            ContainerState.Paused => $"Up {Since(state.StartedAt)} (Paused)",
            ContainerState.Restarting => string.Create(
                CultureInfo.InvariantCulture, $"Restarting ({state.ExitCode}) {Since(state.FinishedAt)} ago"),
            ContainerState.Removing => "Removal In Progress",
            ContainerState.Exited when ContainerMapping.Time(state.FinishedAt) is not null
                => string.Create(CultureInfo.InvariantCulture, $"Exited ({state.ExitCode}) {Since(state.FinishedAt)} ago"),
            ContainerState.Exited => string.Create(CultureInfo.InvariantCulture, $"Exited ({state.ExitCode})"),
            var other => other.ToString(),
        };
    }

    private static string Health(string? status) => status switch
    {
        "starting" => " (health: starting)",
        "healthy" or "unhealthy" => $" ({status})",
        _ => "",
    };
}
