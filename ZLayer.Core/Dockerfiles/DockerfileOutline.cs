namespace ZLayer.Core.Dockerfiles;

/// <summary>The stages and arguments that a build of a Dockerfile can be asked for: what completion offers.</summary>
/// <param name="Stages">The stages in order.</param>
/// <param name="Arguments">Each argument once, global ones first, in order.</param>
public sealed record DockerfileOutline(IReadOnlyList<OutlineStage> Stages, IReadOnlyList<OutlineArgument> Arguments)
{
    /// <summary>Makes the outline of a parsed Dockerfile.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <returns>The outline.</returns>
    public static DockerfileOutline Of(Dockerfile dockerfile) => throw new NotImplementedException();
}
