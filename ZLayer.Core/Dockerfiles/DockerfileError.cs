namespace ZLayer.Core.Dockerfiles;

/// <summary>One error of a Dockerfile.</summary>
internal sealed record DockerfileError(SourceLocation Location, string Message)
{
    public override string ToString() => $"{Location}: {Message}";
}
