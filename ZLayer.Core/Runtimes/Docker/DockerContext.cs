namespace ZLayer.Core.Runtimes.Docker;

/// <summary>A context of Docker's command line: an engine that has a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Endpoint">
/// The address as the context has it; null when it has none, and for the default context, which the environment decides.
/// </param>
/// <param name="Description">What its maker says of it; null for nothing.</param>
public sealed record DockerContext(string Name, string? Endpoint, string? Description)
{
    /// <summary>The contexts: the default one, then the others by name. One that cannot be read is left out.</summary>
    /// <param name="configDirectory">The directory of Docker's <c>config.json</c>; null for none.</param>
    public static IReadOnlyList<DockerContext> List(string? configDirectory)
        => [new(EndpointSearch.DefaultContext, null, null), .. EndpointSearch.Contexts(configDirectory)
            .OrderBy(context => context.Name, StringComparer.OrdinalIgnoreCase)];
}
