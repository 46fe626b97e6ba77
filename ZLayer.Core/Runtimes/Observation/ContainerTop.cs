namespace ZLayer.Core.Runtimes.Observation;

/// <summary>The processes of a container as ps shows them.</summary>
/// <param name="Titles">The columns.</param>
/// <param name="Processes">The rows, each with a value for each column.</param>
public sealed record ContainerTop(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes);
