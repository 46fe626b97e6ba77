namespace ZLayer.Core.Runtimes;

/// <summary>A container that was made.</summary>
/// <param name="Id">The id that the runtime gave it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Warnings">What the runtime warned of.</param>
public sealed record ContainerCreation(string Id, string Name, IReadOnlyList<string> Warnings)
{
    /// <summary>What the runtime warned of.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value.ToArray(); } = Warnings.ToArray();
}
