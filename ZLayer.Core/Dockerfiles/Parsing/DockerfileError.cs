namespace ZLayer.Core.Dockerfiles;

/// <summary>One error of a Dockerfile.</summary>
internal sealed record DockerfileError(SourceLocation Location, string Message)
{
    private const int LongestMessage = 1000;

    /// <summary>What is wrong. A message that quotes a long text of the file is cut.</summary>
    public string Message { get; } = Message.Length <= LongestMessage ? Message : string.Concat(Message.AsSpan(0, LongestMessage), "…");

    public override string ToString() => $"{Location}: {Message}";
}
