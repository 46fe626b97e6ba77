using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Finds the containers that users name.</summary>
internal static class ContainerSelection
{
    private const int ShortestId = 4;
    private const int WholeId = 64;

    /// <summary>The containers to work on. A pattern may match none; a name that matches none is an error.</summary>
    /// <param name="runtimes">Where runtimes are found.</param>
    /// <param name="identity">What the user named.</param>
    /// <param name="actsOn">
    /// The states in which a pattern finds containers, so that <c>Stop *</c> leaves alone what does not run; empty for all.
    /// </param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <exception cref="ZLayerException">
    /// RuntimeNotFound, RuntimeUnavailable, ContainerNotFound; InvalidArgument for the beginning of several ids.
    /// </exception>
    public static async Task<IReadOnlyList<ContainerTarget>> FindAsync(
        RuntimeLookup runtimes, ContainerIdentity identity, IReadOnlyList<ContainerState> actsOn, CancellationToken cancellationToken)
    {
        var runtime = runtimes.Of(identity);
        if (identity.IsPattern)
        {
            var found = await runtime.ListContainersAsync(new ContainerFilter { States = actsOn, IsBrief = true }, cancellationToken);
            return [.. Matching(found, identity.Text).Select(container => new ContainerTarget(runtime, container.Id, container.Name))];
        }

        // An object knows who it is; should it be gone, the operation says so.
        if (identity.Id is { Length: WholeId } id)
        {
            return [new ContainerTarget(runtime, id, identity.Text)];
        }

        var container = await InspectAsync(runtime, identity.Key, cancellationToken);
        return [new ContainerTarget(runtime, container.Id, container.Name)];
    }

    /// <summary>The one container to work on.</summary>
    /// <exception cref="ZLayerException">
    /// As <see cref="FindAsync"/>; InvalidArgument for a pattern that does not match exactly one.
    /// </exception>
    public static async Task<ContainerTarget> FindOneAsync(
        RuntimeLookup runtimes, ContainerIdentity identity, CancellationToken cancellationToken)
        => await FindAsync(runtimes, identity, [], cancellationToken) is var found && found is [var single]
            ? single
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The pattern '{identity}' matches {found.Count} containers; exactly one is needed here.")
            {
                Subject = identity.Text,
                Advice = found.Count == 0
                    ? "Get-ZLayerContainer lists the containers."
                    : $"Name one of {string.Join(", ", found.Select(target => target.Name))}.",
            };

    /// <summary>All about the container of a bare name.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound; InvalidArgument for the beginning of several ids.</exception>
    public static async Task<ContainerDetail> InspectAsync(IContainerRuntime runtime, string name, CancellationToken cancellationToken)
    {
        var container = await runtime.InspectContainerAsync(name, cancellationToken);
        return IsNamed(container, name) ? container : throw NotFound(runtime, name);
    }

    /// <summary>The containers whose name or id fits a pattern.</summary>
    public static IEnumerable<T> Matching<T>(IEnumerable<T> containers, string pattern)
        where T : ContainerInfo
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return containers.Where(container => wildcard.IsMatch(container.Name) || wildcard.IsMatch(container.Id)
            || (container.ServiceId is { } service && wildcard.IsMatch(service)));
    }

    /// <summary>Whether a name means this container: as its name, as its place in a service, or as its id from four digits on.</summary>
    public static bool IsNamed(ContainerInfo container, string name)
        => container.Name == name || container.ServiceId == name || IsIdOf(container.Id, name);

    /// <summary>Whether something happened to a container that the user named.</summary>
    public static bool IsMeant(ZLayerEvent happened, ContainerIdentity identity)
    {
        if (happened.Type != "container")
        {
            return false;
        }

        if (!identity.IsPattern)
        {
            return happened.Name == identity.Text || IsIdOf(happened.Id, identity.Key);
        }

        var wildcard = WildcardPattern.Get(identity.Text, WildcardOptions.IgnoreCase);
        return wildcard.IsMatch(happened.Id) || (happened.Name is { } name && wildcard.IsMatch(name));
    }

    /// <summary>The error for a name that no container has.</summary>
    public static ZLayerException NotFound(IContainerRuntime runtime, string name)
        => new(ZLayerErrorKind.ContainerNotFound, $"The runtime '{runtime.Name}' has no container '{name}'.")
        {
            Subject = name,
            Advice = "Get-ZLayerContainer lists the containers; the beginning of an id needs four digits at least.",
        };

    private static bool IsIdOf(string id, string text)
        => text.Length >= ShortestId && id.StartsWith(text, StringComparison.OrdinalIgnoreCase);
}
