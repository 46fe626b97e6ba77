namespace ZLayer.Core.Dockerfiles;

/// <summary>What a build knows beyond the text of a Dockerfile.</summary>
internal sealed record DockerfileLintContext
{
    /// <summary>
    /// The environment of the base image of a stage by the stage's number; null when it is not known: then no rule guesses about it.
    /// </summary>
    public Func<int, IReadOnlyDictionary<string, string>?>? BaseEnvironment { get; init; }

    /// <summary>The values that the caller of the build gives to ARGs.</summary>
    public IReadOnlyDictionary<string, string> BuildArguments { get; init; } = new Dictionary<string, string>();

    /// <summary>The numbers of the stages to look at; null for all.</summary>
    public IReadOnlySet<int>? Stages { get; init; }
}
