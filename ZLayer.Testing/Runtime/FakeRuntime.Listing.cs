using System.Text.RegularExpressions;
using ZLayer.Core.Runtimes;

namespace ZLayer.Testing;

/// <content>Which containers there are.</content>
public sealed partial class FakeRuntime
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ContainerInfo>> ListContainersAsync(ContainerFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var entry = state.Enter();
        return Task.FromResult<IReadOnlyList<ContainerInfo>>(
            [.. Enumerable.Reverse(state.Containers)
                .Where(c => Matches(c, filter))
                .Select(c => filter.MeasureSize ? Measure(c) : Summarize(c))]);
    }

    private bool Matches(FakeContainer container, ContainerFilter filter)
        => MatchesAny(filter.Containers, handle => IsNamed(container, handle))
            && MatchesAny(filter.NamePatterns, pattern => HasPart(container.Name, pattern))
            && MatchesAny(filter.IdPatterns, pattern => HasPart(container.Id, pattern))
            && MatchesAny(filter.States, state => container.Phase == state)
            && filter.Labels.All(label => HasLabel(container.Labels, label))
            && MatchesAny(filter.Images, image => IsMadeOf(container, image))
            && MatchesAny(filter.Networks, network => NetworksOf(container).Contains(network))
            && MatchesAny(
                filter.Volumes, volume => container.Specification.Mounts.Any(mount => mount.Source == volume || mount.Target == volume))
            && filter.MatchesPorts(PortsOf(container))
            && MatchesAny(filter.ExitCodes, code => container.Phase == ContainerState.Exited && container.ExitCode == code)
            && MatchesAny(filter.Health, health => (container.Health?.Status ?? HealthStatus.None) == health)
            && (filter.Before is null || container.Number < Find(filter.Before).Number)
            && (filter.Since is null || container.Number > Find(filter.Since).Number);

    private static bool MatchesAny<T>(IReadOnlyList<T> wanted, Func<T, bool> matches) => wanted.Count == 0 || wanted.Any(matches);

    private static bool IsNamed(FakeContainer container, string handle)
        => container.Name == handle
            || container.Id.StartsWith(handle, StringComparison.Ordinal)
            || container.Labels.GetValueOrDefault(ContainerId.Label) == handle;

    // As engines do: what is no regular expression can only be the whole.
    private static bool HasPart(string text, string pattern)
    {
        try
        {
            return text == pattern || Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception e) when (e is RegexParseException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool IsMadeOf(FakeContainer container, string image)
        => container.Specification.Image == image || NamedBy(container.Image, image) is not null
            || container.Image.Id.ToString() == image || container.Image.Id.Hex.StartsWith(image, StringComparison.Ordinal);
}
