namespace ZLayer.Core.Builds;

/// <summary>An SSH agent that <c>RUN --mount=type=ssh</c> may use.</summary>
/// <param name="Id">The name that the Dockerfile knows it by; <c>default</c> where it names none.</param>
/// <param name="Paths">An agent's socket, or private key files without pass-phrase; empty is the caller's <c>SSH_AUTH_SOCK</c>.</param>
public sealed record BuildSsh(string Id, IReadOnlyList<string> Paths)
{
    /// <summary>An agent's socket, or private key files without pass-phrase; empty is the caller's <c>SSH_AUTH_SOCK</c>.</summary>
    public IReadOnlyList<string> Paths { get; init => field = value.ToArray(); } = Paths.ToArray();
}
